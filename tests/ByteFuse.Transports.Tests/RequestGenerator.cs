using System.Runtime.InteropServices;
using System.Text;
using ByteFuse.Protocol;

namespace ByteFuse.Transports.Tests;

/// <summary>Builds requests that mostly make sense and spoils some of each, so that both what works and what is refused is reached.</summary>
internal sealed class RequestGenerator(Random random)
{
    private const int HeaderLength = 40;

    /// <summary>More names than these few would seldom meet one that exists.</summary>
    private const int Names = 12;

    private ulong unique = 100;

    /// <summary>Writes a request; its length.</summary>
    public int Build(Opcode opcode, Span<byte> into)
    {
        into[..8192].Clear();
        var fixedLength = OpcodeTable.Get(opcode).FixedLength;
        FillArguments(into.Slice(HeaderLength, fixedLength));
        var end = HeaderLength + fixedLength;
        for (var names = random.Next(3); names > 0; names--) end += WriteName(into[end..]);
        if (opcode is Opcode.Write or Opcode.SetXattr) end += random.Next(300);
        var header = new InHeader
        {
            Length = (uint)end,
            Opcode = opcode,
            Unique = unique += 2,
            NodeId = NodeId(),
            UserId = (uint)random.Next(2) * 1000,
            ProcessId = (uint)random.Next(3),
        };
        if (random.Next(50) == 0) header.Unique |= InHeader.ResentBit;
        if (random.Next(50) == 0) header.ExtensionUnits = (ushort)random.Next(8);
        MemoryMarshal.Write(into, in header);
        end = Damage(into, end, opcode);
        BoundLength(into, opcode);
        return end;
    }

    // The store allocates and copies for real: lengths are small or nonsense, never gigabytes.
    private static void BoundLength(Span<byte> request, Opcode opcode)
    {
        var at = opcode switch
        {
            Opcode.Fallocate => HeaderLength + 16,
            Opcode.CopyFileRange or Opcode.CopyFileRange64 => HeaderLength + 40,
            _ => -1,
        };
        if (at < 0) return;
        var length = MemoryMarshal.Read<ulong>(request[at..]) & 0x8000_0000_0000_FFFF;
        MemoryMarshal.Write(request[at..], in length);
    }

    // Numbers as the arguments hold them: handles, sizes, offsets, flags; small where large ones would only be refused.
    private void FillArguments(Span<byte> arguments)
    {
        for (var at = 0; at + 4 <= arguments.Length; at += 4)
        {
            var value = random.Next(12) switch
            {
                0 => uint.MaxValue,
                1 => (uint)random.NextInt64(uint.MaxValue),
                2 => 0x80000000u,
                3 => 4096u,
                4 => (uint)random.Next(0x8000, 0xA000) & 0xF1FFu,
                5 => (uint)NodeId(),
                _ => (uint)random.Next(4),
            };
            MemoryMarshal.Write(arguments[at..], in value);
        }
    }

    private ulong NodeId() => random.Next(8) switch
    {
        0 => 0,
        1 => (ulong)random.NextInt64(),
        2 or 3 or 4 => 1,
        _ => (ulong)random.Next(16, 48),
    };

    private int WriteName(Span<byte> into)
    {
        var name = random.Next(16) switch
        {
            0 => "",
            1 => "a/b",
            2 => new string('x', random.Next(250, 260)),
            3 => "..",
            4 => new string('y', 4096),
            5 => "user.attribute",
            6 => "system.posix_acl_access",
            _ => "name" + random.Next(Names),
        };
        var length = Encoding.UTF8.GetBytes(name, into);
        into[length] = 0;
        return length + 1;
    }

    // Truncates, lengthens or overwrites; the opcode stays, or the mix of opcodes would not be what the test chose.
    private int Damage(Span<byte> request, int length, Opcode opcode)
    {
        if (random.Next(4) != 0) return length;
        if (random.Next(2) == 0) length = random.Next(1, length + 64);
        for (var i = random.Next(5); i > 0; i--) request[random.Next(8, Math.Max(9, length))] = (byte)random.Next(256);
        var code = (uint)opcode;
        MemoryMarshal.Write(request[4..], in code);
        if (random.Next(8) == 0) return length;
        var stated = (uint)length;
        MemoryMarshal.Write(request, in stated);
        return length;
    }
}
