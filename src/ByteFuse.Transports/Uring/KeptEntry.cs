using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// What the successor of a killed daemon needs to know of an entry. The kernel does not send again what it has put into one, and the
/// reply is built where the request lies: so the part of it that may be overwritten is copied before it is served. Everything else of
/// a request stays: fixed arguments, and the data of a WRITE, whose reply has 8 bytes.
/// </summary>
/// <param name="memory">Its memory, as long as <see cref="Length"/> says.</param>
internal readonly struct KeptEntry(NativeSlice memory)
{
    /// <summary>Where it begins in an entry's header block.</summary>
    public const int Offset = UringHeaderLayout.Length;

    /// <summary>Its bytes.</summary>
    public const int Length = 320;

    /// <summary>
    /// Bytes of the payload that are copied: as many as a reply overwrites where the request has names. Only a GETXATTR answers with more
    /// than the 144 bytes of CREATE, and its name has 256 at most.
    /// </summary>
    public const int PayloadLength = 256;

    // Layout: the request that was answered last, and the one that is copied, by their commit ids; how long its payload is, and its
    // header; and the beginning of its payload.
    private const int CopyOffset = 8;
    private const int SentOffset = 16;
    private const int HeaderOffset = 24;
    private const int HeaderLength = 40;
    private const int PayloadOffset = 64;

    /// <summary>
    /// The request that was answered last: its reply is complete in the entry. One that the header names and this does not is to be
    /// served.
    /// </summary>
    public ulong LastCommit
    {
        get => Volatile.Read(ref Number(0));
        set => Volatile.Write(ref Number(0), value);
    }

    private ulong Copied
    {
        get => Volatile.Read(ref Number(CopyOffset));
        set => Volatile.Write(ref Number(CopyOffset), value);
    }

    /// <summary>Copies a request that is about to be served.</summary>
    public void Save(NativeSlice headers, NativeSlice body)
    {
        ref readonly var entry = ref Entry(headers);
        // A process may be killed between any two of these: without an id the copy says nothing, and nothing is overwritten yet.
        Copied = 0;
        var bytes = memory.Span;
        MemoryMarshal.Write(bytes[SentOffset..], entry.PayloadLength);
        headers.Span[..HeaderLength].CopyTo(bytes[HeaderOffset..]);
        body.Span[..Copies(entry)].CopyTo(bytes[PayloadOffset..]);
        Copied = entry.CommitId;
    }

    /// <summary>Puts the copy back where the request that the entry holds was copied: it is as it came then.</summary>
    public void Restore(NativeSlice headers, NativeSlice body)
    {
        ref var entry = ref Entry(headers);
        if (Copied != entry.CommitId) return;
        var bytes = memory.Span;
        entry.PayloadLength = MemoryMarshal.Read<uint>(bytes[SentOffset..]);
        bytes.Slice(HeaderOffset, HeaderLength).CopyTo(headers.Span);
        bytes.Slice(PayloadOffset, Copies(entry)).CopyTo(body.Span);
    }

    /// <summary>What has become of the request that the entry holds.</summary>
    public EntryState StateOf(NativeSlice headers)
    {
        var id = Entry(headers).CommitId;
        if (id == 0) return EntryState.Unused;
        return LastCommit == id ? EntryState.Answered : EntryState.Unanswered;
    }

    private static int Copies(in UringEntry entry) => (int)Math.Min(entry.PayloadLength, PayloadLength);

    private static ref UringEntry Entry(NativeSlice headers) => ref MemoryMarshal.AsRef<UringEntry>(headers.Span[UringHeaderLayout.EntryOffset..]);

    private ref ulong Number(int offset) => ref MemoryMarshal.AsRef<ulong>(memory.Span[offset..]);
}

/// <summary>What a daemon that died did with the latest request of an entry.</summary>
internal enum EntryState
{
    /// <summary>There was none.</summary>
    Unused,

    /// <summary>Its reply is complete; whether the kernel has it nobody knows.</summary>
    Answered,

    /// <summary>It is to be served, and may have been executed.</summary>
    Unanswered,
}
