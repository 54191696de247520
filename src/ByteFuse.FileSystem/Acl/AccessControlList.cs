using System.Buffers.Binary;
using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>
/// A POSIX ACL in the form in which user space and the kernel exchange it (include/uapi/linux/posix_acl_xattr.h): a
/// version word, then entries of tag, permissions and id, sorted by tag and id. A view over the bytes; changes are made
/// in place.
/// </summary>
internal static class AccessControlList
{
    private const int HeaderLength = 4;
    private const int EntryLength = 8;
    private const uint Version = 2;

    private const ushort UserObject = 0x01;
    private const ushort User = 0x02;
    private const ushort GroupObject = 0x04;
    private const ushort Group = 0x08;
    private const ushort Mask = 0x10;
    private const ushort Other = 0x20;

    /// <summary>The xattr of the access ACL.</summary>
    public static ReadOnlySpan<byte> AccessName => "system.posix_acl_access"u8;

    /// <summary>The xattr of the default ACL.</summary>
    public static ReadOnlySpan<byte> DefaultName => "system.posix_acl_default"u8;

    /// <summary>Checks form and order as posix_acl_valid does; EINVAL or EOPNOTSUPP (another version) where it is none.</summary>
    public static Errno Validate(ReadOnlySpan<byte> acl)
    {
        if (acl.Length < HeaderLength) return Errno.EINVAL;
        if (BinaryPrimitives.ReadUInt32LittleEndian(acl) != Version) return Errno.EOPNOTSUPP;
        if ((acl.Length - HeaderLength) % EntryLength != 0) return Errno.EINVAL;
        var state = UserObject;
        var needsMask = false;
        for (var i = 0; i < Count(acl); i++)
        {
            if (Permissions(acl, i) > 7 || !Follows(ref state, Tag(acl, i), ref needsMask)) return Errno.EINVAL;
        }
        // An empty list is fine: it means that there is none.
        return state == 0 || Count(acl) == 0 ? Errno.None : Errno.EINVAL;
    }

    /// <summary>True for a list without entries.</summary>
    public static bool IsEmpty(ReadOnlySpan<byte> acl) => Count(acl) == 0;

    /// <summary>True where the list says no more than the mode's nine bits; <paramref name="mode"/> gets them, with the mask for the group.</summary>
    public static bool IsEquivalentToMode(ReadOnlySpan<byte> acl, ref uint mode)
    {
        var bits = mode & ~0x1FFu;
        var equivalent = true;
        var mask = -1;
        for (var i = 0; i < Count(acl); i++)
        {
            var permissions = Permissions(acl, i);
            switch (Tag(acl, i))
            {
                case UserObject: bits |= permissions << 6; break;
                case GroupObject: bits |= permissions << 3; break;
                case Other: bits |= permissions; break;
                case Mask: mask = (int)permissions; equivalent = false; break;
                default: equivalent = false; break;
            }
        }
        if (mask >= 0) bits = (bits & ~0x38u) | ((uint)mask << 3);
        mode = bits;
        return equivalent;
    }

    /// <summary>After chmod: owner, mask (or group where there is none) and other take the mode's bits (posix_acl_chmod).</summary>
    public static void ApplyMode(Span<byte> acl, uint mode)
    {
        var hasMask = Find(acl, Mask) >= 0;
        for (var i = 0; i < Count(acl); i++)
        {
            switch (Tag(acl, i))
            {
                case UserObject: SetPermissions(acl, i, (mode >> 6) & 7); break;
                case GroupObject when !hasMask: SetPermissions(acl, i, (mode >> 3) & 7); break;
                case Mask: SetPermissions(acl, i, (mode >> 3) & 7); break;
                case Other: SetPermissions(acl, i, mode & 7); break;
            }
        }
    }

    /// <summary>
    /// Turns a copy of a directory's default ACL into a new child's access ACL and gives the child's mode
    /// (posix_acl_create): each takes only what both the ACL and the requested mode allow.
    /// </summary>
    /// <returns>True where the child needs an ACL of its own; false where the mode says it all.</returns>
    public static bool Inherit(Span<byte> acl, ref uint mode)
    {
        var hasMask = Find(acl, Mask) >= 0;
        var needed = false;
        for (var i = 0; i < Count(acl); i++)
        {
            switch (Tag(acl, i))
            {
                case UserObject: Intersect(acl, i, ref mode, 6); break;
                case GroupObject when !hasMask: Intersect(acl, i, ref mode, 3); break;
                case Mask: Intersect(acl, i, ref mode, 3); needed = true; break;
                case Other: Intersect(acl, i, ref mode, 0); break;
                case User or Group: needed = true; break;
            }
        }
        return needed;
    }

    private static void Intersect(Span<byte> acl, int index, ref uint mode, int shift)
    {
        var permissions = Permissions(acl, index) & ((mode >> shift) & 7);
        SetPermissions(acl, index, permissions);
        mode = (mode & ~(7u << shift)) | (permissions << shift);
    }

    // The order of tags: user object, users, group object, groups, mask (required with users or groups), other.
    private static bool Follows(ref ushort state, ushort tag, ref bool needsMask)
    {
        switch (tag)
        {
            case UserObject when state == UserObject:
                state = User;
                return true;
            case User when state == User:
                return needsMask = true;
            case GroupObject when state == User:
                state = Group;
                return true;
            case Group when state == Group:
                return needsMask = true;
            case Mask when state == Group:
                state = Other;
                needsMask = false;
                return true;
            case Other when state == Other || (state == Group && !needsMask):
                state = 0;
                return true;
            default:
                return false;
        }
    }

    private static int Find(ReadOnlySpan<byte> acl, ushort tag)
    {
        for (var i = 0; i < Count(acl); i++)
        {
            if (Tag(acl, i) == tag) return i;
        }
        return -1;
    }

    private static int Count(ReadOnlySpan<byte> acl) => (acl.Length - HeaderLength) / EntryLength;

    private static ushort Tag(ReadOnlySpan<byte> acl, int index) => BinaryPrimitives.ReadUInt16LittleEndian(acl[Offset(index)..]);

    private static uint Permissions(ReadOnlySpan<byte> acl, int index) =>
        BinaryPrimitives.ReadUInt16LittleEndian(acl[(Offset(index) + 2)..]);

    private static void SetPermissions(Span<byte> acl, int index, uint permissions) =>
        BinaryPrimitives.WriteUInt16LittleEndian(acl[(Offset(index) + 2)..], (ushort)permissions);

    private static int Offset(int index) => HeaderLength + index * EntryLength;
}
