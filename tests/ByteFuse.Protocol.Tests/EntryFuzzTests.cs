using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ByteFuse.Testing;
using Xunit;

namespace ByteFuse.Protocol.Tests;

/// <summary>
/// Entries of FUSE over io_uring of every opcode, damaged at random: divided without an exception or an allocation, and as the
/// same request would be that read(2) gives in one piece.
/// </summary>
public class EntryFuzzTests(ITestOutputHelper output)
{
    private const int Entries = 100_000;
    private const int Capacity = 4096;
    private const int HeaderLength = 40;

    private static readonly Opcode[] Opcodes = Enum.GetValues<Opcode>();

    private readonly byte[] _headers = new byte[UringHeaderLayout.Length];
    private readonly byte[] _payload = new byte[Capacity];
    private readonly byte[] _whole = new byte[HeaderLength + UringHeaderLayout.FixedArgumentsLength + Capacity];

    private int _accepted;
    private int _compared;

    [Fact]
    public void Damaged_entries_are_divided_as_whole_requests_are()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("BYTEFUSE_SEED"), out var given)
            ? given
            : Environment.TickCount;
        output.WriteLine($"seed {seed} (BYTEFUSE_SEED)");
        var random = new Random(seed);
        // Undamaged, and before measuring, so that static constructors have run.
        foreach (var opcode in Opcodes)
        {
            Build(opcode, random);
            Walk(Capacity);
        }
        // FORGET, BATCH_FORGET and INTERRUPT do not come in entries.
        Assert.Equal(Opcodes.Length - 3, _accepted);
        _accepted = 0;
        _compared = 0;

        long allocated = 0;
        for (var i = 0; i < Entries; i++)
        {
            Build(Opcodes[i % Opcodes.Length], random);
            var capacity = Damage(random);
            var windows = new AllocationWindows();
            while (windows.Next()) Walk(capacity);
            allocated += windows.Least;
        }
        Assert.Equal(0, allocated);
        // The damage must neither spare nor spoil everything.
        Assert.InRange(_accepted, Entries / 10, Entries * 9 / 10);
        Assert.True(_compared > Entries / 10, $"only {_compared} entries were compared");
    }

    private void Build(Opcode opcode, Random random)
    {
        random.NextBytes(_headers);
        random.NextBytes(_payload.AsSpan(0, 64));
        var sent = random.Next(4) == 0 ? 0 : random.Next(random.Next(4) == 0 ? Capacity : 64);
        var info = OpcodeTable.Get(opcode);
        var header = MemoryMarshal.Read<InHeader>(_headers);
        header.Opcode = opcode;
        header.Length = (uint)(HeaderLength + (info.HasReply ? info.FixedLength : 0) + sent);
        header.ExtensionUnits = (ushort)(random.Next(4) == 0 ? random.Next(sent / 8 + 1) : 0);
        MemoryMarshal.Write(_headers, in header);
        WriteSent((uint)sent);
    }

    /// <summary>Lies about lengths, or overwrites anything; gives the room that the payload has.</summary>
    private int Damage(Random random)
    {
        for (var i = random.Next(3); i > 0; i--) _headers[random.Next(_headers.Length)] = (byte)random.Next(256);
        if (random.Next(8) == 0) _headers[random.Next(HeaderLength)] = (byte)random.Next(256);
        if (random.Next(8) == 0) WriteSent(random.Next(2) == 0 ? (uint)random.NextInt64(uint.MaxValue + 1L) : (uint)random.Next(2 * Capacity));
        return random.Next(8) == 0 ? random.Next(Capacity) : Capacity;
    }

    private void WriteSent(uint length)
    {
        var entry = MemoryMarshal.Read<UringEntry>(_headers.AsSpan(UringHeaderLayout.EntryOffset));
        entry.PayloadLength = length;
        MemoryMarshal.Write(_headers.AsSpan(UringHeaderLayout.EntryOffset), in entry);
    }

    private void Walk(int capacity)
    {
        var accepted = RequestView.TryParseEntry(_headers, capacity, out var header, out var fixedLength, out var payloadLength);
        Check(MemoryMarshal.AsBytes(new ReadOnlySpan<InHeader>(in header)).SequenceEqual(_headers.AsSpan(0, HeaderLength)));
        if (!accepted) return;
        _accepted++;
        var sent = payloadLength + header.ExtensionLength;
        Check(payloadLength >= 0 && sent <= capacity);
        Check(fixedLength is >= 0 and <= UringHeaderLayout.FixedArgumentsLength);
        Check(header.Length >= HeaderLength + fixedLength + sent);
        ref readonly var opcode = ref OpcodeTable.Get(header.Opcode);
        if (!opcode.HasReply || !opcode.IsKnown)
        {
            Check(fixedLength == 0 && (header.Opcode == Opcode.NotifyReply || !opcode.IsKnown));
            return;
        }
        _compared++;
        var fixedArguments = _headers.AsSpan(UringHeaderLayout.FixedArgumentsOffset, fixedLength);
        _headers.AsSpan(0, HeaderLength).CopyTo(_whole);
        fixedArguments.CopyTo(_whole.AsSpan(HeaderLength));
        _payload.AsSpan(0, sent).CopyTo(_whole.AsSpan(HeaderLength + fixedLength));
        var whole = _whole.AsSpan(0, HeaderLength + fixedLength + sent);
        Check(RequestView.TryParse(whole, out _, out var expectedArguments, out var expectedPayload));
        Check(expectedArguments.SequenceEqual(fixedArguments));
        Check(expectedPayload.SequenceEqual(_payload.AsSpan(0, payloadLength)));
    }

    private static void Check(bool holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        if (!holds) Assert.Fail($"a damaged entry was divided wrongly: {what}");
    }
}
