using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>What an extended attribute's name says about it.</summary>
internal enum XattrKind : byte
{
    Plain,
    Capability,
    AccessAcl,
    DefaultAcl,
}

/// <summary>The name of an extended attribute, copied out of the request.</summary>
internal readonly struct XattrName
{
    private readonly MetadataKey name;

    private XattrName(MetadataKey name, XattrKind kind)
    {
        this.name = name;
        Kind = kind;
    }

    public XattrKind Kind { get; }

    /// <summary>The key of this attribute of an inode.</summary>
    public MetadataKey Key(ulong inode) => Keys.Xattr(inode, name.Span);

    /// <summary>Reads the name that the payload begins with. EOPNOTSUPP for a namespace that Linux file systems do not have.</summary>
    public static Errno Read(Request request, out XattrName name)
    {
        var reader = new ArgumentReader(request.Payload.Span);
        return Read(ref reader, out name);
    }

    /// <summary>The next name of a reader.</summary>
    public static Errno Read(ref ArgumentReader reader, out XattrName name)
    {
        name = default;
        if (!reader.TryReadXattrName(out var bytes, out var fault)) return fault == NameFault.TooLong ? Errno.ERANGE : Errno.EINVAL;
        // A namespace without a name is EINVAL, an unknown namespace EOPNOTSUPP (fs/xattr.c, xattr_resolve_name).
        if (IsBareNamespace(bytes)) return Errno.EINVAL;
        if (!TryClassify(bytes, out var kind)) return Errno.EOPNOTSUPP;
        name = new XattrName(MetadataKey.From(bytes), kind);
        return Errno.None;
    }

    /// <summary>True for names that only privileged callers see in a list.</summary>
    public static bool IsTrusted(ReadOnlySpan<byte> name) => name.StartsWith("trusted."u8);

    private static bool TryClassify(ReadOnlySpan<byte> name, out XattrKind kind)
    {
        kind = XattrKind.Plain;
        if (name.SequenceEqual(AccessControlList.AccessName)) kind = XattrKind.AccessAcl;
        else if (name.SequenceEqual(AccessControlList.DefaultName)) kind = XattrKind.DefaultAcl;
        else if (name.SequenceEqual(Privileges.CapabilityName)) kind = XattrKind.Capability;
        else return HasNamespace(name, "user."u8) || HasNamespace(name, "trusted."u8) || HasNamespace(name, "security."u8);
        return true;
    }

    private static bool IsBareNamespace(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("user."u8) || name.SequenceEqual("trusted."u8) || name.SequenceEqual("security."u8);

    private static bool HasNamespace(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) =>
        name.Length > prefix.Length && name.StartsWith(prefix);
}
