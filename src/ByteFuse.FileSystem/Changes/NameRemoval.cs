using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>Takes a name out of its directory: UNLINK and RMDIR, which differ in what they may remove.</summary>
internal static class NameRemoval
{
    /// <summary>Removes the request's name; EISDIR, ENOTDIR or ENOTEMPTY where its inode is not to be removed so.</summary>
    public static async ReactorTask<Reply> Run(Connection connection, Request request, bool ofDirectory)
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
            if (target.Node.IsDirectory != ofDirectory) return ofDirectory ? Errno.ENOTDIR : Errno.EISDIR;
            var now = request.Reactor.Clock.FileNow();
            using var commit = MetadataCommit.Rent();
            commit.RequireVersion(name, dentry.Version);
            commit.Delete(name);
            var notEmpty = LostName.Append(volume, commit, target.Node, now);
            error = await DirectoryChange.Append(volume, commit, parent.Node, now, -1, ofDirectory ? -1 : 0);
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
