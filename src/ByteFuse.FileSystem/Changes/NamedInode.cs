using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>Makes a new inode under a new name: MKNOD, MKDIR and SYMLINK whole, CREATE in part.</summary>
internal static class NamedInode
{
    /// <summary>Makes the inode and answers with its entry; EEXIST where the name is taken.</summary>
    public static async ReactorTask<Reply> Make(
        Connection connection, Request request, MetadataKey name, NewInodeRequest wanted, byte[]? symlinkTarget = null)
    {
        var volume = connection.Volume;
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            var made = await NewInode.Prepare(connection, request, wanted);
            if (made.Error != Errno.None) return made.Error;
            using var commit = MetadataCommit.Rent();
            var error = await NewInode.Append(volume, commit, name, made);
            if (error != Errno.None) return error;
            if (symlinkTarget is not null) commit.Put(Keys.Symlink(made.Node.Inode), symlinkTarget);
            var reply = request.Answer(connection.Entry(made.Node));
            connection.RecordOutcome(commit, request, reply.BodyLength);
            var outcome = await volume.Commit(commit);
            if (outcome.Committed) return reply;
            if (outcome.Error != Errno.None) return outcome.Error;
            error = NewInode.Conflict(outcome.FailedPrecondition);
            if (error != Errno.None) return error;
        }
        return Errno.EAGAIN;
    }
}
