using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>RMDIR.</summary>
internal static class Rmdir
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var directory = connection.Inode(request.Header.NodeId);
        var error = request.ReadDentryKey(connection, directory, out var name);
        if (error != Errno.None) return error;
        var volume = connection.Volume;
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            var dentry = await volume.ReadDentry(name);
            if (dentry.Error != Errno.None) return dentry.Error;
            var parent = await volume.ReadRecord(directory);
            if (parent.Error != Errno.None) return parent.Error;
            var target = await volume.ReadRecord(dentry.Dentry.Inode);
            if (target.Error != Errno.None) return target.Error;
            if (!target.Node.IsDirectory) return Errno.ENOTDIR;
            var now = request.Reactor.Clock.FileNow();
            using var commit = MetadataCommit.Rent();
            commit.RequireVersion(name, dentry.Version);
            commit.Delete(name);
            var notEmpty = LostName.AppendDirectory(volume, commit, target.Node, now);
            error = await DirectoryChange.Append(volume, commit, parent.Node, now, -1, -1);
            if (error != Errno.None) return error;
            connection.RecordOutcome(commit, request, 0);
            var outcome = await volume.Commit(commit);
            if (outcome.Error != Errno.None) return outcome.Error;
            if (outcome.FailedPrecondition == notEmpty) return Errno.ENOTEMPTY;
            if (!outcome.Committed) continue;
            LostName.Committed(volume, target.Node);
            return Reply.Done;
        }
        return Errno.EAGAIN;
    }
}
