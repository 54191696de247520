using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>CREATE: a new regular file, opened; and TMPFILE, the same without a name.</summary>
internal static class Create
{
    private const uint Exclusive = 0x80;

    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<CreateIn>();
        var directory = connection.Inode(request.Header.NodeId);
        var error = request.ReadDentryKey(connection, directory, out var name);
        if (error != Errno.None) return error;
        var wanted = new NewInodeRequest(directory, FileMode.Regular | (arguments.Mode & FileMode.PermissionMask), arguments.Umask);
        var volume = connection.Volume;
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            var made = await NewInode.Prepare(connection, request, wanted);
            if (made.Error != Errno.None) return made.Error;
            using var commit = MetadataCommit.Rent();
            error = await NewInode.Append(volume, commit, name, made);
            if (error != Errno.None) return error;
            var handle = Record(connection, request, commit, made.Node, arguments.Flags);
            var outcome = await volume.Commit(commit);
            if (outcome.Committed) return await Opened(connection, request, wanted.Directory, made.Node, arguments.Flags, handle);
            if (outcome.Error != Errno.None) return outcome.Error;
            error = NewInode.Conflict(outcome.FailedPrecondition);
            // The kernel believed that the name was free; another node made it meanwhile.
            if (error == Errno.EEXIST && (arguments.Flags & Exclusive) == 0) return await OpenExisting(connection, request, name, arguments);
            if (error != Errno.None) return error;
        }
        return Errno.EAGAIN;
    }

    /// <summary>TMPFILE: an orphan from the start; linkat may give it a name.</summary>
    public static async ReactorTask<Reply> RunTemporary(Connection connection, Request request)
    {
        var arguments = request.Read<CreateIn>();
        var volume = connection.Volume;
        var mode = FileMode.Regular | (arguments.Mode & FileMode.PermissionMask);
        var wanted = new NewInodeRequest(connection.Inode(request.Header.NodeId), mode, arguments.Umask) { LinkCount = 0 };
        var made = await NewInode.Prepare(connection, request, wanted);
        if (made.Error != Errno.None) return made.Error;
        using var commit = MetadataCommit.Rent();
        NewInode.AppendInode(commit, made);
        commit.PutOrphan(volume, made.Node.Inode);
        var handle = Record(connection, request, commit, made.Node, arguments.Flags);
        var outcome = await volume.Commit(commit);
        if (!outcome.Committed) return outcome.Error != Errno.None ? outcome.Error : Errno.ENOENT;
        volume.Orphans.Add(made.Node.Inode);
        return await Opened(connection, request, wanted.Directory, made.Node, arguments.Flags, handle);
    }

    /// <summary>
    /// A request that was executed by a daemon that died in front of the answer: the file that its record names is opened now. The
    /// record's answer itself would be of an open that nobody counts and that agrees with no other (hazard 13).
    /// </summary>
    public static async ReactorTask<Reply> Reopen(Connection connection, Request request, Reply recorded)
    {
        var flags = request.Read<CreateIn>().Flags;
        var result = await connection.Volume.ReadNode(connection.Inode(MemoryMarshal.Read<EntryOut>(request.Body.Span).NodeId));
        if (result.Error != Errno.None) return result.Error == Errno.ENOENT ? recorded : result.Error;
        var (failure, open) = await Passthrough.CountOpen(connection, request, result.Node, flags);
        if (failure != Errno.None) return failure;
        Passthrough.BecomesMappable(connection.Volume, open, flags);
        return Answer(connection, request, result.Node, await Passthrough.Answer(connection, request, open, flags, connection.HandleFor(request)));
    }

    /// <summary>What <see cref="Reopen"/> finds. Returns the handle, which is the answer's, too.</summary>
    private static ulong Record(Connection connection, Request request, MetadataCommit commit, in Node node, uint flags)
    {
        var handle = connection.NextHandle();
        connection.RecordOutcome(commit, request, Answer(connection, request, node, Passthrough.Plain(connection, handle, flags)).BodyLength);
        return handle;
    }

    private static async ReactorTask<Reply> Opened(Connection connection, Request request, ulong directory, Node node, uint flags, ulong handle)
    {
        var open = await Passthrough.CountCreate(connection, node, directory);
        // Before the answer says how long the kernel may keep the attributes.
        Passthrough.BecomesMappable(connection.Volume, open, flags);
        return Answer(connection, request, node, await Passthrough.Answer(connection, request, open, flags, handle));
    }

    private static Reply Answer(Connection connection, Request request, in Node node, in OpenOut opened)
    {
        var writer = new ReplyWriter(request.Body.Span);
        writer.TryWrite(connection.Entry(node));
        writer.TryWrite(opened);
        return Reply.Body(writer.Length);
    }

    private static async ReactorTask<Reply> OpenExisting(Connection connection, Request request, MetadataKey name, CreateIn arguments)
    {
        var dentry = await connection.Volume.ReadDentry(name);
        if (dentry.Error != Errno.None) return dentry.Error;
        var opened = await Open.OpenNode(connection, request, dentry.Dentry.Inode, arguments.Flags, arguments.RequestFlags);
        if (opened.Error != Errno.None) return opened.Error;
        return Answer(connection, request, opened.Node, await Passthrough.Answer(connection, request, opened.File, arguments.Flags, connection.HandleFor(request)));
    }
}
