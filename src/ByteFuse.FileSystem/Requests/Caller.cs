using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>
/// Who makes a request, as its header says: user and first group. Supplementary groups are the kernel's matter
/// (default_permissions).
/// </summary>
internal readonly record struct Caller(uint UserId, uint GroupId)
{
    public static Caller Of(in InHeader header) => new(header.UserId, header.GroupId);

    /// <summary>True for root, who is taken to have CAP_FSETID and CAP_FOWNER.</summary>
    public bool IsRoot => UserId == 0;
}
