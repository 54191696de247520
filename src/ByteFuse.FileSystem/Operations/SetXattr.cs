using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>SETXATTR, ACLs among them, which the mode is kept in step with.</summary>
internal static class SetXattr
{
    public static ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<SetXattrIn>();
        var error = ReadArguments(request, arguments, out var name, out var value);
        return error != Errno.None
            ? new ReactorTask<Reply>(error)
            : XattrChange.Apply(connection, request, name, new Edit(value, arguments.Flags, arguments.SetXattrFlags));
    }

    private static Errno ReadArguments(Request request, in SetXattrIn arguments, out XattrName name, out byte[] value)
    {
        value = [];
        var reader = new ArgumentReader(request.Payload.Span);
        var error = XattrName.Read(ref reader, out name);
        if (error != Errno.None) return error;
        if (arguments.Size > ProtocolLimits.XattrValueLength) return Errno.E2BIG;
        if (!reader.TryReadBytes((int)arguments.Size, out var bytes)) return Errno.EINVAL;
        value = bytes.ToArray();
        return Errno.None;
    }

    private readonly struct Edit(byte[] value, XattrFlags flags, SetXattrFlags more) : IXattrEdit
    {
        public Errno Append(MetadataCommit commit, ref Node node, in MetadataKey key, XattrKind kind, bool exists)
        {
            if (exists && (flags & XattrFlags.Create) != 0) return Errno.EEXIST;
            if (!exists && (flags & XattrFlags.Replace) != 0) return Errno.ENODATA;
            switch (kind)
            {
                case XattrKind.AccessAcl:
                    return XattrChange.AppendAccessAcl(commit, ref node, key, value, (more & SetXattrFlags.AclKillSgid) != 0);
                case XattrKind.DefaultAcl:
                    return XattrChange.AppendDefaultAcl(commit, ref node, key, value);
                case XattrKind.Capability:
                    node.Record.Flags |= InodeFlags.HasCapability;
                    break;
            }
            node.Record.Flags |= InodeFlags.HasXattrs;
            commit.Put(key, value);
            return Errno.None;
        }
    }
}
