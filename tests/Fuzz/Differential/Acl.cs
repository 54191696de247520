using System.Buffers.Binary;

namespace ByteFuse.Fuzz.Differential;

/// <summary>POSIX ACLs in the form of their extended attributes (include/uapi/linux/posix_acl_xattr.h).</summary>
public static class Acl
{
    public const string AccessName = "system.posix_acl_access";
    public const string DefaultName = "system.posix_acl_default";

    private const uint Version = 2;
    private const int HeaderSize = 4;
    private const int EntrySize = 8;
    private const uint NoId = uint.MaxValue;

    private enum Tag : ushort
    {
        UserObject = 1,
        User = 2,
        GroupObject = 4,
        Group = 8,
        Mask = 16,
        Other = 32,
    }

    /// <summary>A valid ACL most of the time; sometimes one whose named entries lack the mask they need (EINVAL).</summary>
    public static byte[] Make(SeededRandom random)
    {
        var entries = new List<(Tag Tag, uint Id)> { (Tag.UserObject, NoId) };
        if (random.Chance(60))
            entries.Add((Tag.User, 1001));
        if (random.Chance(30))
            entries.Add((Tag.User, 1002));
        entries.Add((Tag.GroupObject, NoId));
        if (random.Chance(40))
            entries.Add((Tag.Group, 1500));
        if (random.Chance(90))
            entries.Add((Tag.Mask, NoId));
        entries.Add((Tag.Other, NoId));

        var value = new byte[HeaderSize + (entries.Count * EntrySize)];
        BinaryPrimitives.WriteUInt32LittleEndian(value, Version);
        for (var index = 0; index < entries.Count; index++)
        {
            var entry = value.AsSpan(HeaderSize + (index * EntrySize));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)entries[index].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], (ushort)random.Below(8));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], entries[index].Id);
        }
        return value;
    }
}
