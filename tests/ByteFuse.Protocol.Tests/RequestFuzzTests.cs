using System.Runtime.InteropServices;
using ByteFuse.Testing;
using Xunit;

namespace ByteFuse.Protocol.Tests;

/// <summary>Requests of every opcode, damaged at random: read to the end without an exception or an allocation.</summary>
public class RequestFuzzTests(ITestOutputHelper output)
{
    private const int Requests = 100_000;

    private static readonly Opcode[] Opcodes = Enum.GetValues<Opcode>();

    private readonly RequestBuilder _builder = new();
    private readonly byte[] _noise = new byte[UringHeaderLayout.FixedArgumentsLength];

    private int _accepted;
    private int _names;

    [Fact]
    public void Damaged_requests_are_read_without_exception_or_allocation()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("BYTEFUSE_SEED"), out var given)
            ? given
            : Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        // Once before measuring, so that static constructors have run.
        foreach (var opcode in Opcodes)
        {
            Build(opcode, random);
            Walk(_builder.Bytes);
        }
        Assert.Equal(Opcodes.Length, _accepted);
        _accepted = 0;
        _names = 0;

        long allocated = 0;
        for (var i = 0; i < Requests; i++)
        {
            Build(Opcodes[i % Opcodes.Length], random);
            var length = Damage(random);
            var windows = new AllocationWindows();
            while (windows.Next()) Walk(_builder.Whole[..length]);
            allocated += windows.Least;
        }
        Assert.Equal(0, allocated);
        // The damage must neither spare nor spoil everything: else the walk behind the first check is never taken.
        Assert.InRange(_accepted, Requests / 10, Requests * 9 / 10);
        Assert.True(_names > Requests / 20, $"only {_names} names were read");
    }

    private void Build(Opcode opcode, Random random)
    {
        _builder.Start(opcode, (ulong)random.NextInt64(), (ulong)random.NextInt64());
        random.NextBytes(_noise);
        _builder.Append(_noise.AsSpan(0, OpcodeTable.Get(opcode).FixedLength));
        for (var i = random.Next(4); i > 0; i--)
        {
            var length = random.Next(8) == 0 ? random.Next(1, 4200) : random.Next(1, 40);
            _builder.AppendZeros(length + 1);
            _builder.Bytes[^(length + 1)..^1].Fill((byte)random.Next('0', 'z'));
        }
        if (random.Next(4) != 0)
        {
            _builder.End();
            return;
        }
        _builder.Append(new ExtensionHeader { Size = 24, Type = 1 })
            .Append(new SecurityContextHeader { Size = 3 }).Append("name\0lbl"u8);
        _builder.Append(new ExtensionHeader { Size = 16, Type = ExtensionHeader.SupplementaryGroups }).Append(1u).Append(9u);
        _builder.End(extensionLength: 40);
    }

    /// <summary>Truncates, lengthens, overwrites or lies about the length; gives the bytes that now count.</summary>
    private int Damage(Random random)
    {
        var length = _builder.Length;
        if (random.Next(3) == 0)
            length = random.Next(0, Math.Min(length + 64, RequestBuilder.Capacity));
        for (var i = random.Next(6); i > 0 && length > 0; i--)
        {
            // Half of it hits header and fixed part, where the lengths are.
            var end = random.Next(2) == 0 ? Math.Min(length, 128) : length;
            _builder.Whole[random.Next(end)] = (byte)random.Next(256);
        }
        // Most damage behind the header would never be seen if the first check stopped it.
        if (length >= 4 && random.Next(8) != 0)
        {
            var stated = (uint)length;
            MemoryMarshal.Write(_builder.Whole, in stated);
        }
        return length;
    }

    private void Walk(ReadOnlySpan<byte> request)
    {
        if (!RequestView.TryParse(request, out var header, out var fixedArguments, out var payload))
            return;
        _accepted++;
        Check(RequestView.TrySplitExtensions(in header, request[40..], out var arguments, out var extensions));
        Check(fixedArguments.Length + payload.Length == arguments.Length);
        Check(arguments.Length + extensions.Length + 40 == request.Length);
        WalkFixed(header.Opcode, fixedArguments);
        WalkNames(payload);
        WalkTargets(payload);
        WalkExtensions(extensions);
        var forgets = new ArgumentReader(payload);
        while (forgets.TryRead(out ForgetOne _)) { }
        Check(forgets.Remaining < 16);
    }

    private static void WalkFixed(Opcode opcode, ReadOnlySpan<byte> fixedArguments)
    {
        var reader = new ArgumentReader(fixedArguments);
        switch (opcode)
        {
            case Opcode.Init:
                Check(InitIn.TryRead(fixedArguments, out var init));
                var agreement = InitNegotiation.Negotiate(in init, new InitPreferences());
                Check((agreement.Flags & ~init.Flags) == 0);
                break;
            case Opcode.SetAttributes:
                Check(reader.TryRead(out SetAttributesIn _) && reader.Remaining == 0);
                break;
            case Opcode.Write:
                Check(reader.TryRead(out WriteIn write) && reader.Remaining == 0);
                Check(!reader.TryReadBytes((int)write.Size, out var data) || data.Length == (int)write.Size);
                break;
            case Opcode.SetLockWait:
                Check(reader.TryRead(out LockIn _) && reader.Remaining == 0);
                break;
            default:
                Check(fixedArguments.Length == OpcodeTable.Get(opcode).FixedLength);
                break;
        }
    }

    private void WalkNames(ReadOnlySpan<byte> payload)
    {
        var reader = new ArgumentReader(payload);
        NameFault fault;
        while (reader.TryReadName(out var name, out fault))
        {
            _names++;
            Check(name.Length is > 0 and <= 255 && !name.ContainsAny((byte)0, (byte)'/'));
        }
        Check(fault != NameFault.None);
    }

    private static void WalkTargets(ReadOnlySpan<byte> payload)
    {
        var reader = new ArgumentReader(payload);
        while (reader.TryReadTarget(out var target, out _))
            Check(target.Length is > 0 and <= 4095 && !target.Contains((byte)0));
    }

    private static void WalkExtensions(ReadOnlySpan<byte> extensions)
    {
        var reader = new ExtensionReader(extensions);
        while (reader.TryReadNext(out var type, out var body))
        {
            if (type == ExtensionHeader.SupplementaryGroups)
                ExtensionReader.TryReadGroups(body, out _);
            else
                while (ExtensionReader.TryReadSecurityContext(ref body, out _, out _)) { }
        }
    }

    private static void Check(bool holds)
    {
        if (!holds)
            Assert.Fail("a damaged request was read wrongly");
    }
}
