using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>WRITE: from where the kernel put the data into the store.</summary>
internal static class Write
{
    private const uint SynchronousData = 0x1000;

    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<WriteIn>();
        var volume = connection.Volume;
        if (arguments.Size > (uint)request.Payload.Length || arguments.Offset > long.MaxValue) return Errno.EINVAL;
        // Before privileges go: a write that is refused changes nothing (generic_write_checks in fs/read_write.c).
        if (arguments.Size > 0 && (long)arguments.Offset >= volume.Data.MaximumFileSize) return Errno.EFBIG;
        var open = await volume.FindOpen(connection.Inode(request.Header.NodeId));
        if (open.Error != Errno.None) return open.Error;
        var error = await BeforeWrite(volume, open.File, (arguments.WriteFlags & WriteFlags.KillSuidSgid) != 0, request);
        if (error != Errno.None) return error;
        var data = request.Payload.Slice(0, (int)arguments.Size);
        var result = await volume.Data.Write(open.File.DataId, (long)arguments.Offset, data);
        // Deleted files give their space back a little later than unlink: not at the price of a failed write.
        if (result.Error == Errno.ENOSPC && await volume.Garbage.Collect())
            result = await volume.Data.Write(open.File.DataId, (long)arguments.Offset, data);
        if (!result.Succeeded) return result.Error;
        // O_DSYNC and O_SYNC: without WRITEBACK_CACHE the kernel leaves them to the daemon.
        if ((arguments.Flags & SynchronousData) != 0)
        {
            error = await Fsync.SyncFile(connection, open.File, arguments.Handle, dataOnly: false);
            if (error != Errno.None) return error;
        }
        return request.Answer(new WriteOut { Size = (uint)result.Value });
    }

    /// <summary>What every change of a file's contents begins with: set-id bits and capabilities go, relatime is told.</summary>
    public static ReactorTask<Errno> BeforeWrite(Volume volume, OpenInode file, bool killSetId, Request request)
    {
        file.LastChangeNs = request.Reactor.Clock.FileNow();
        file.IsChanged = true;
        return file.MayHavePrivileges ? StripPrivileges(volume, file, killSetId, Caller.Of(request.Header)) : new ReactorTask<Errno>(Errno.None);
    }

    private static async ReactorTask<Errno> StripPrivileges(Volume volume, OpenInode file, bool killSetId, Caller caller)
    {
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            var result = await volume.ReadRecord(file.Inode);
            if (result.Error != Errno.None) return result.Error;
            using var commit = MetadataCommit.Rent();
            var record = result.Node.Record;
            if (!Privileges.Strip(commit, file.Inode, ref record, killSetId, caller)) return Errno.None;
            commit.RequireVersion(Keys.Inode(file.Inode), result.Node.Version);
            commit.PutInode(file.Inode, record);
            var outcome = await volume.Commit(commit);
            if (outcome.Error != Errno.None) return outcome.Error;
            if (!outcome.Committed) continue;
            file.MayHavePrivileges = Privileges.MayHave(record);
            return Errno.None;
        }
        return Errno.EAGAIN;
    }
}
