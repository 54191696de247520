using System.Buffers.Binary;
using System.Text.Json;

namespace ByteFuse.Metadata.Dump;

/// <summary>Makes a row of a line that <see cref="DumpRowWriter"/> wrote, or that somebody has edited since.</summary>
internal sealed class DumpRowReader(UInt128 cookieKey)
{
    private readonly DirectoryCookie cookies = new(cookieKey);

    /// <summary>The row; a <see cref="FormatException"/>, <see cref="KeyNotFoundException"/> or the like where the line says none.</summary>
    public DumpRow Read(JsonElement line, string? kind) => kind switch
    {
        DumpKind.Inode => new DumpRow(Keys.Inode(Number(line)).Span.ToArray(), Attributes(line).Write(new byte[InodeRecord.EncodedLength]).ToArray()),
        DumpKind.Directory => new DumpRow(Keys.Counters(Number(line)).Span.ToArray(), Directory(line)),
        DumpKind.Dentry => Dentry(line),
        DumpKind.Xattr => new DumpRow(Keys.Xattr(Number(line), Name(line)).Span.ToArray(), line.GetProperty("value").GetBytesFromBase64()),
        DumpKind.Symlink => new DumpRow(Keys.Symlink(Number(line)).Span.ToArray(), DumpText.ReadText(line, "target")),
        DumpKind.Orphan => new DumpRow(Keys.Orphan(Number(line)).Span.ToArray(), Orphan(line)),
        DumpKind.Garbage => new DumpRow(Keys.Garbage(line.GetProperty("data").GetUInt64()).Span.ToArray(), []),
        DumpKind.Allocator => new DumpRow(Keys.InodeAllocator.Span.ToArray(), Fields(line)),
        DumpKind.Usage => new DumpRow(Keys.Usage.Span.ToArray(), Fields(line)),
        DumpKind.Topology => new DumpRow(Keys.Topology.Span.ToArray(), Fields(line)),
        DumpKind.Row => Raw(line),
        _ => throw new FormatException($"\"kind\" is {kind ?? "missing"}"),
    };

    private static ulong Number(JsonElement line) => line.GetProperty("inode").GetUInt64();

    private static byte[] Name(JsonElement line)
    {
        var name = DumpText.ReadText(line, "name");
        return name.Length is > 0 and <= 255 ? name : throw new FormatException($"a name has 1 to 255 bytes, not {name.Length}");
    }

    private static InodeRecord Attributes(JsonElement line) => new()
    {
        Mode = Convert.ToUInt32(line.GetProperty("mode").GetString(), 8),
        UserId = line.GetProperty("uid").GetUInt32(),
        GroupId = line.GetProperty("gid").GetUInt32(),
        LinkCount = line.GetProperty("links").GetUInt32(),
        DeviceNumber = checked((uint)DumpText.ReadNumber(line, "device")),
        Flags = (InodeFlags)checked((uint)DumpText.ReadNumber(line, "flags")),
        Size = DumpText.ReadNumber(line, "size"),
        AccessedNs = DumpText.ReadTime(line, "atime"),
        ModifiedNs = DumpText.ReadTime(line, "mtime"),
        ChangedNs = DumpText.ReadTime(line, "ctime"),
        CreatedNs = DumpText.ReadTime(line, "btime"),
        Parent = DumpText.ReadNumber(line, "parent"),
        QuotaRoot = DumpText.ReadNumber(line, "quotaRoot"),
        DataId = DumpText.ReadNumber(line, "data"),
        DataVersion = DumpText.ReadNumber(line, "dataVersion"),
    };

    private static byte[] Directory(JsonElement line) =>
        new DirectoryCounters(
            line.GetProperty("entries").GetInt64(), line.GetProperty("subdirectories").GetInt64(),
            DumpText.ReadTime(line, "mtime"), DumpText.ReadTime(line, "ctime"))
            .Write(new byte[DirectoryCounters.EncodedLength]).ToArray();

    private static byte[] Orphan(JsonElement line) =>
        new OrphanRecord { Session = line.GetProperty("session").GetUInt64(), Attributes = Attributes(line) }
            .Write(new byte[OrphanRecord.EncodedLength]).ToArray();

    private static byte[] Fields(JsonElement line)
    {
        var fields = line.GetProperty("fields");
        var value = new byte[fields.GetArrayLength() * sizeof(long)];
        for (var i = 0; i < fields.GetArrayLength(); i++) BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(i * sizeof(long)), fields[i].GetInt64());
        return value;
    }

    private static DumpRow Raw(JsonElement line)
    {
        var key = Convert.FromHexString(line.GetProperty("key").GetString() ?? "");
        // The empty key is the engines' own.
        if (key.Length is 0 or > MetadataKey.MaximumLength) throw new FormatException($"a key has 1 to {MetadataKey.MaximumLength} bytes, not {key.Length}");
        return new DumpRow(key, Convert.FromHexString(line.GetProperty("value").GetString() ?? ""));
    }

    private DumpRow Dentry(JsonElement line)
    {
        var name = Name(line);
        var record = new DentryRecord { Inode = Number(line), Type = line.GetProperty("type").GetByte() };
        var key = Keys.Dentry(line.GetProperty("parent").GetUInt64(), cookies.Of(name), name);
        return new DumpRow(key.Span.ToArray(), record.Write(new byte[DentryRecord.EncodedLength]).ToArray());
    }
}
