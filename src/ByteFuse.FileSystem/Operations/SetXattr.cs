using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>SETXATTR, ACLs among them, which the mode is kept in step with.</summary>
internal static class SetXattr
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<SetXattrIn>();
        var volume = connection.Volume;
        var inode = connection.Inode(request.Header.NodeId);
        var error = ReadArguments(request, arguments, out var name, out var value);
        if (error != Errno.None) return error;
        var key = name.Key(inode);
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            var result = await volume.ReadRecord(inode);
            if (result.Error != Errno.None) return result.Error;
            using var read = MetadataRead.Rent();
            read.Add(key);
            error = await volume.Metadata.Get(read);
            if (error != Errno.None) return error;
            if (read.Found(0) && (arguments.Flags & XattrFlags.Create) != 0) return Errno.EEXIST;
            if (!read.Found(0) && (arguments.Flags & XattrFlags.Replace) != 0) return Errno.ENODATA;
            using var commit = MetadataCommit.Rent();
            var node = result.Node;
            error = Append(commit, ref node, name.Kind, key, value, arguments.SetXattrFlags);
            if (error != Errno.None) return error;
            XattrChange.AppendNode(volume, commit, node, request.Reactor.Clock.FileNow());
            connection.RecordOutcome(commit, request, 0);
            var outcome = await volume.Commit(commit);
            if (outcome.Committed) return XattrChange.Committed(volume, node);
            if (outcome.Error != Errno.None) return outcome.Error;
        }
        return Errno.EAGAIN;
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

    private static Errno Append(
        MetadataCommit commit, ref Node node, XattrKind kind, in MetadataKey key, ReadOnlySpan<byte> value, SetXattrFlags flags)
    {
        switch (kind)
        {
            case XattrKind.AccessAcl:
                return XattrChange.AppendAccessAcl(commit, ref node, key, value, (flags & SetXattrFlags.AclKillSgid) != 0);
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
