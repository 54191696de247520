using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>SETATTR: mode, owner, size and times, of which a call may change several.</summary>
internal static class SetAttributes
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<SetAttributesIn>();
        var volume = connection.Volume;
        var result = await volume.ReadNode(connection.Inode(request.Header.NodeId));
        if (result.Error != Errno.None) return result.Error;
        var change = new AttributeChange(volume, arguments, request);
        var error = await change.ApplyToData(result.Node);
        if (error != Errno.None) return error;
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            // Read anew: the data store may have changed size and times, another commit the record.
            result = await volume.ReadNode(result.Node.Inode);
            if (result.Error != Errno.None) return result.Error;
            using var commit = MetadataCommit.Rent();
            var changed = await change.AppendTo(commit, result.Node);
            if (changed.Error != Errno.None) return changed.Error;
            var reply = request.Answer(connection.AttributesReply(changed.Node));
            if (commit.MutationCount == 0) return Finished(volume, changed.Node, reply);
            connection.RecordOutcome(commit, request, reply.BodyLength);
            var outcome = await volume.Commit(commit);
            if (outcome.Committed) return Finished(volume, changed.Node, reply);
            if (outcome.Error != Errno.None) return outcome.Error;
        }
        return Errno.EAGAIN;
    }

    private static Reply Finished(Volume volume, in Node node, Reply reply)
    {
        if (volume.OpenInodes.TryGet(node.Inode, out var open)) open.Refresh(node);
        return reply;
    }
}
