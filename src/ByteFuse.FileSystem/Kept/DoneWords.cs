using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>
/// What has become of the latest data operation of each request slot: WRITE, FALLOCATE and COPY_FILE_RANGE make no commit that
/// could carry a duplicate-request record. A word is written after the I/O and before the answer; if the kernel sends the request
/// again after a crash, it is answered with it (hazard 16). There are several areas of slots: a generation writes one, and
/// overwrites none of its predecessors.
/// </summary>
internal sealed class DoneWords(NativeSlice memory)
{
    /// <summary>Generations whose words are kept side by side: so many deaths in a row, each before the kernel's requests were served again.</summary>
    public const int Areas = 8;

    /// <summary>
    /// Slots of an area: more than 64 CPUs' queues have. A slot beyond has no word, and its operation is done again: it is one
    /// that nobody has been told the end of.
    /// </summary>
    public const int Slots = 8192;

    /// <summary>Bytes of all areas; pages that are never touched take no memory.</summary>
    public const int Length = Areas * AreaLength;

    /// <summary>The longest reply of a data operation: WRITE's, and COPY_FILE_RANGE's.</summary>
    public const int ReplyLength = sizeof(ulong);

    // An area begins with how many of its slots have been used, in a word of its own.
    private const int AreaLength = (Slots + 1) * WordLength;
    private const int WordLength = 32;

    /// <summary>True for the operations that have a word.</summary>
    public static bool Keep(Opcode opcode) =>
        opcode is Opcode.Write or Opcode.Fallocate or Opcode.CopyFileRange or Opcode.CopyFileRange64;

    /// <summary>Notes that a request was executed, and how it is about to be answered. On the slot's reactor.</summary>
    public void Set(uint area, uint slot, in InHeader header, ReadOnlySpan<byte> reply)
    {
        if (slot >= Slots || reply.Length > ReplyLength) return;
        ref var used = ref Used(area);
        // Shared by the reactors. Slots are few, and the number grows only until each has been used once.
        for (var seen = Volatile.Read(ref used); seen <= slot;)
        {
            var found = Interlocked.CompareExchange(ref used, slot + 1, seen);
            if (found == seen) break;
            seen = found;
        }
        ref var word = ref Word(area, slot);
        // A process may be killed between any two of these: while the number is 0 the word says nothing.
        Volatile.Write(ref word.RequestId, 0);
        Volatile.Write(ref word.Opcode, (uint)header.Opcode);
        Volatile.Write(ref word.ReplyLength, (uint)reply.Length);
        Span<byte> padded = stackalloc byte[ReplyLength];
        padded.Clear();
        reply.CopyTo(padded);
        Volatile.Write(ref word.Reply, MemoryMarshal.Read<ulong>(padded));
        Volatile.Write(ref word.RequestId, header.RequestId);
    }

    /// <summary>Finds the reply of a request that was executed, in any area; -1 where there is none, otherwise its length.</summary>
    public int Find(in InHeader header, Span<byte> reply)
    {
        for (var area = 0u; area < Areas; area++)
        {
            var used = Math.Min(Volatile.Read(ref Used(area)), Slots);
            for (var slot = 0u; slot < used; slot++)
            {
                ref readonly var word = ref Word(area, slot);
                if (word.RequestId != header.RequestId || word.Opcode != (uint)header.Opcode || word.ReplyLength > ReplyLength) continue;
                Span<byte> bytes = stackalloc byte[ReplyLength];
                MemoryMarshal.Write(bytes, in word.Reply);
                bytes[..(int)word.ReplyLength].CopyTo(reply);
                return (int)word.ReplyLength;
            }
        }
        return -1;
    }

    /// <summary>Forgets the words of an area.</summary>
    public void Clear(uint area)
    {
        var used = Math.Min(Volatile.Read(ref Used(area)), Slots);
        for (var slot = 0u; slot < used; slot++) Volatile.Write(ref Word(area, slot).RequestId, 0);
        Volatile.Write(ref Used(area), 0);
    }

    private ref uint Used(uint area) => ref MemoryMarshal.AsRef<uint>(memory.Span[((int)area * AreaLength)..]);

    private ref WordLayout Word(uint area, uint slot) =>
        ref MemoryMarshal.AsRef<WordLayout>(memory.Span[((int)area * AreaLength + (int)(slot + 1) * WordLength)..]);

    [StructLayout(LayoutKind.Sequential, Size = WordLength)]
    private struct WordLayout
    {
        public ulong RequestId;
        public uint Opcode;
        public uint ReplyLength;
        public ulong Reply;
    }
}
