using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>REMOVEXATTR.</summary>
internal static class RemoveXattr
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var error = XattrName.Read(request, out var name);
        return error != Errno.None ? new ReactorTask<Reply>(error) : XattrChange.Apply(connection, request, name, default(Edit));
    }

    private readonly struct Edit : IXattrEdit
    {
        public Errno Append(MetadataCommit commit, ref Node node, in MetadataKey key, XattrKind kind, bool exists)
        {
            // Removing an ACL that is not there succeeds: setfacl -b does so to every file.
            if (!exists) return kind is XattrKind.AccessAcl or XattrKind.DefaultAcl ? Errno.None : Errno.ENODATA;
            node.Record.Flags &= ~Flag(kind);
            commit.Delete(key);
            return Errno.None;
        }
    }

    private static InodeFlags Flag(XattrKind kind) => kind switch
    {
        XattrKind.AccessAcl => InodeFlags.HasAccessAcl,
        XattrKind.DefaultAcl => InodeFlags.HasDefaultAcl,
        XattrKind.Capability => InodeFlags.HasCapability,
        _ => InodeFlags.None,
    };
}
