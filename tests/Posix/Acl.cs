using System.Buffers.Binary;

namespace ByteFuse.PosixSuite;

/// <summary>POSIX ACLs in the kernel's binary form (include/uapi/linux/posix_acl_xattr.h): version 2, entries of tag, perm, id.</summary>
internal static class Acl
{
    internal const string Access = "system.posix_acl_access", Default = "system.posix_acl_default";

    private const int UserObj = 1, User = 2, GroupObj = 4, Group = 8, Mask = 16, Other = 32;

    /// <summary>From the short text form, "u::rwx,u:10001:rw-,g::r-x,m::rwx,o::---", in the order written.</summary>
    internal static byte[] Of(string text, uint version = 2)
    {
        string[] entries = text.Length == 0 ? [] : text.Split(',');
        var bytes = new byte[4 + (8 * entries.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, version);
        for (int i = 0; i < entries.Length; i++)
        {
            string[] fields = entries[i].Split(':');
            bool named = fields[1].Length > 0;
            int tag = fields[0] switch
            {
                "u" => named ? User : UserObj,
                "g" => named ? Group : GroupObj,
                "m" => Mask,
                "o" => Other,
                _ => 0x40,
            };
            int permissions = (fields[2].Contains('r') ? 4 : 0) | (fields[2].Contains('w') ? 2 : 0) | (fields[2].Contains('x') ? 1 : 0);
            Span<byte> entry = bytes.AsSpan(4 + (8 * i));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], (ushort)permissions);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], named ? int.Parse(fields[1]) : -1);
        }
        return bytes;
    }

    internal static string Text(ReadOnlySpan<byte> bytes)
    {
        var entries = new List<string>();
        for (int at = 4; at + 8 <= bytes.Length; at += 8)
        {
            int tag = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
            int permissions = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 2)..]);
            string id = tag is User or Group ? $"{BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + 4)..])}" : "";
            string name = tag switch { UserObj or User => "u", GroupObj or Group => "g", Mask => "m", Other => "o", _ => $"?{tag}" };
            entries.Add($"{name}:{id}:{((permissions & 4) != 0 ? 'r' : '-')}{((permissions & 2) != 0 ? 'w' : '-')}"
                + $"{((permissions & 1) != 0 ? 'x' : '-')}");
        }
        return string.Join(',', entries);
    }

    internal static long Set(string path, string name, string text) => Sys.SetXattr(path, name, Of(text));

    /// <summary>The ACL as text, or the errno's name.</summary>
    internal static string Get(string path, string name)
    {
        var value = new byte[65536];
        long length = Sys.GetXattr(path, name, value);
        return length < 0 ? ErrnoName(length) : Text(value.AsSpan(0, (int)length));
    }
}
