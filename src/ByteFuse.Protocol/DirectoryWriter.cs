using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// Builds the body of a READDIR or READDIRPLUS reply: entries padded with zeros to 8 bytes, as many as fit. Never
/// allocates.
/// </summary>
/// <remarks>
/// The kernel answers EIO to an entry whose name is empty or holds '/' (fuse_parse_dir): names come from metadata that
/// were checked when they were created.
/// </remarks>
public ref struct DirectoryWriter
{
    private readonly Span<byte> _body;

    /// <summary>Writes into the body's first <paramref name="requested"/> bytes at most.</summary>
    /// <param name="body">Where the reply's body lies.</param>
    /// <param name="requested"><see cref="ReadIn.Size"/>: a longer reply than this is refused by the kernel.</param>
    public DirectoryWriter(Span<byte> body, uint requested)
    {
        _body = requested < (uint)body.Length ? body[..(int)requested] : body;
    }

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Adds an entry of READDIR; false, and nothing written, if it does not fit.</summary>
    /// <param name="inode">Inode number.</param>
    /// <param name="offset">Where reading goes on after this entry.</param>
    /// <param name="mode">The entry's st_mode; only its file type counts.</param>
    /// <param name="name">Name without NUL.</param>
    public bool TryAdd(ulong inode, ulong offset, uint mode, ReadOnlySpan<byte> name)
    {
        var size = Align(Unsafe.SizeOf<Dirent>() + name.Length);
        if (size > _body.Length - Length)
            return false;
        Append(_body.Slice(Length, size), inode, offset, mode, name);
        Length += size;
        return true;
    }

    /// <summary>Adds an entry of READDIRPLUS; false, and nothing written, if it does not fit.</summary>
    /// <param name="entry">
    /// What a LOOKUP would answer; the kernel counts one lookup for it, unless the node id is 0 (attributes unknown)
    /// or the name is "." or "..".
    /// </param>
    /// <param name="inode">Inode number.</param>
    /// <param name="offset">Where reading goes on after this entry.</param>
    /// <param name="mode">The entry's st_mode; only its file type counts.</param>
    /// <param name="name">Name without NUL.</param>
    public bool TryAddPlus(in EntryOut entry, ulong inode, ulong offset, uint mode, ReadOnlySpan<byte> name)
    {
        var size = Align(Unsafe.SizeOf<EntryOut>() + Unsafe.SizeOf<Dirent>() + name.Length);
        if (size > _body.Length - Length)
            return false;
        var record = _body.Slice(Length, size);
        MemoryMarshal.Write(record, in entry);
        Append(record[Unsafe.SizeOf<EntryOut>()..], inode, offset, mode, name);
        Length += size;
        return true;
    }

    private static void Append(Span<byte> record, ulong inode, ulong offset, uint mode, ReadOnlySpan<byte> name)
    {
        var dirent = new Dirent
        {
            Inode = inode,
            Offset = offset,
            NameLength = (uint)name.Length,
            Type = (mode >> 12) & 15,
        };
        MemoryMarshal.Write(record, in dirent);
        var rest = record[Unsafe.SizeOf<Dirent>()..];
        name.CopyTo(rest);
        // The padding reaches the kernel: what an earlier request left in the buffer must not.
        rest[name.Length..].Clear();
    }

    private static int Align(int length) => (length + 7) & ~7;
}
