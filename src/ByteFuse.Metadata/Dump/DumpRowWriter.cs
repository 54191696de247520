using System.Buffers.Binary;
using System.Text.Json;

namespace ByteFuse.Metadata.Dump;

/// <summary>
/// A row as a line of JSON that people and their tools can read. What would not come back byte for byte (of a later version, damaged)
/// is written as it is, in hexadecimal.
/// </summary>
internal sealed class DumpRowWriter(UInt128 cookieKey)
{
    private readonly DirectoryCookie cookies = new(cookieKey);

    public void Write(Utf8JsonWriter json, in DumpRow row)
    {
        json.WriteStartObject();
        if (!TryWrite(json, row)) WriteRaw(json, row);
        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, in DumpRow row)
    {
        json.WriteString("kind", DumpKind.Row);
        json.WriteString("key", Convert.ToHexStringLower(row.Key));
        json.WriteString("value", Convert.ToHexStringLower(row.Value));
    }

    private bool TryWrite(Utf8JsonWriter json, in DumpRow row) => DumpKind.Of(row.Key) switch
    {
        DumpKind.Inode => TryWriteInode(json, row),
        DumpKind.Directory => TryWriteDirectory(json, row),
        DumpKind.Dentry => TryWriteDentry(json, row),
        DumpKind.Xattr => WriteXattr(json, row),
        DumpKind.Symlink => WriteSymlink(json, row),
        DumpKind.Orphan => TryWriteOrphan(json, row),
        DumpKind.Garbage => TryWriteGarbage(json, row),
        var kind and (DumpKind.Allocator or DumpKind.Usage or DumpKind.Topology) => TryWriteCounters(json, kind, row),
        _ => false,
    };

    private static bool TryWriteInode(Utf8JsonWriter json, in DumpRow row)
    {
        Span<byte> again = stackalloc byte[InodeRecord.EncodedLength];
        if (!InodeRecord.TryRead(row.Value, out var record) || !record.Write(again).SequenceEqual(row.Value) || !HasTimes(record)) return false;
        WriteNumbered(json, DumpKind.Inode, row);
        WriteAttributes(json, record);
        return true;
    }

    private static bool HasTimes(in InodeRecord record) =>
        DumpText.IsTime(record.AccessedNs) && DumpText.IsTime(record.ModifiedNs) && DumpText.IsTime(record.ChangedNs) && DumpText.IsTime(record.CreatedNs);

    private static void WriteAttributes(Utf8JsonWriter json, in InodeRecord record)
    {
        json.WriteString("mode", "0" + Convert.ToString(record.Mode, 8));
        json.WriteNumber("uid", record.UserId);
        json.WriteNumber("gid", record.GroupId);
        json.WriteNumber("links", record.LinkCount);
        DumpText.WriteNumber(json, "device", record.DeviceNumber);
        DumpText.WriteNumber(json, "flags", (uint)record.Flags);
        DumpText.WriteNumber(json, "size", record.Size);
        DumpText.WriteTime(json, "atime", record.AccessedNs);
        DumpText.WriteTime(json, "mtime", record.ModifiedNs);
        DumpText.WriteTime(json, "ctime", record.ChangedNs);
        DumpText.WriteTime(json, "btime", record.CreatedNs);
        DumpText.WriteNumber(json, "parent", record.Parent);
        DumpText.WriteNumber(json, "quotaRoot", record.QuotaRoot);
        DumpText.WriteNumber(json, "data", record.DataId);
        DumpText.WriteNumber(json, "dataVersion", record.DataVersion);
    }

    private static bool TryWriteDirectory(Utf8JsonWriter json, in DumpRow row)
    {
        if (row.Value.Length != DirectoryCounters.EncodedLength || !DirectoryCounters.TryRead(row.Value, out var counters)) return false;
        if (!DumpText.IsTime(counters.ModifiedNs) || !DumpText.IsTime(counters.ChangedNs)) return false;
        WriteNumbered(json, DumpKind.Directory, row);
        json.WriteNumber("entries", counters.Entries);
        json.WriteNumber("subdirectories", counters.Subdirectories);
        DumpText.WriteTime(json, "mtime", counters.ModifiedNs);
        DumpText.WriteTime(json, "ctime", counters.ChangedNs);
        return true;
    }

    private bool TryWriteDentry(Utf8JsonWriter json, in DumpRow row)
    {
        Span<byte> again = stackalloc byte[DentryRecord.EncodedLength];
        if (!DentryRecord.TryRead(row.Value, out var record) || !record.Write(again).SequenceEqual(row.Value)) return false;
        if (!Keys.TryParseDentry(row.Key, out var directory, out var cookie, out var name) || cookie != cookies.Of(name)) return false;
        json.WriteString("kind", DumpKind.Dentry);
        json.WriteNumber("parent", directory);
        DumpText.WriteText(json, "name", name);
        json.WriteNumber("inode", record.Inode);
        json.WriteNumber("type", record.Type);
        return true;
    }

    private static bool WriteXattr(Utf8JsonWriter json, in DumpRow row)
    {
        WriteNumbered(json, DumpKind.Xattr, row);
        DumpText.WriteText(json, "name", Keys.XattrName(row.Key));
        json.WriteBase64String("value", row.Value);
        return true;
    }

    private static bool WriteSymlink(Utf8JsonWriter json, in DumpRow row)
    {
        WriteNumbered(json, DumpKind.Symlink, row);
        DumpText.WriteText(json, "target", row.Value);
        return true;
    }

    private static bool TryWriteOrphan(Utf8JsonWriter json, in DumpRow row)
    {
        Span<byte> again = stackalloc byte[OrphanRecord.EncodedLength];
        if (!OrphanRecord.TryRead(row.Value, out var record) || !record.Write(again).SequenceEqual(row.Value) || !HasTimes(record.Attributes)) return false;
        WriteNumbered(json, DumpKind.Orphan, row);
        json.WriteNumber("session", record.Session);
        WriteAttributes(json, record.Attributes);
        return true;
    }

    private static bool TryWriteGarbage(Utf8JsonWriter json, in DumpRow row)
    {
        if (row.Value.Length > 0) return false;
        json.WriteString("kind", DumpKind.Garbage);
        json.WriteNumber("data", Keys.Number(row.Key));
        return true;
    }

    private static bool TryWriteCounters(Utf8JsonWriter json, string kind, in DumpRow row)
    {
        if (row.Value.Length % sizeof(long) != 0) return false;
        json.WriteString("kind", kind);
        json.WriteStartArray("fields");
        for (var at = 0; at < row.Value.Length; at += sizeof(long)) json.WriteNumberValue(BinaryPrimitives.ReadInt64LittleEndian(row.Value.AsSpan(at)));
        json.WriteEndArray();
        return true;
    }

    private static void WriteNumbered(Utf8JsonWriter json, string kind, in DumpRow row)
    {
        json.WriteString("kind", kind);
        json.WriteNumber("inode", Keys.Number(row.Key));
    }
}
