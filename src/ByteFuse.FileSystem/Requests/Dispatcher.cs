using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>Takes a request to its operation and its answer back to the transport: every request is answered here, once.</summary>
internal sealed class Dispatcher(Connection connection)
{
    /// <summary>Serves a request; see <see cref="Connection.Serve"/>.</summary>
    public void Serve(Request request) => ServeAsync(request).Detach();

    private async ReactorTask<Errno> ServeAsync(Request request)
    {
        var opcode = request.Header.Opcode;
        var statistics = connection.Statistics.Current;
        var started = statistics.Begin(request.Reactor.Clock);
        var inherited = request.Header.IsResent && connection.Inheritance.Enter();
        Reply reply;
        try
        {
            reply = request.Header.IsResent && OpcodeTable.Get(opcode).Mutates
                ? await ServeResent(request)
                : await Run(request);
        }
        catch (Exception fault)
        {
            // A fault of ours costs the caller EIO and not the mount; it is counted and logged, never silent.
            statistics.CountFault(opcode, fault);
            reply = Errno.EIO;
        }
        statistics.End(opcode, reply, request.Payload.Length, started, request.Reactor.Clock);
        if (connection.Memory is { } memory && DoneWords.Keep(opcode) && reply.Error == Errno.None) MarkDone(memory, request, reply);
        CrashPoint.Pass(CrashPoint.BeforeAnswer);
        Answer(request, reply);
        if (inherited) connection.Inheritance.Leave();
        return reply.Error;
    }

    private static void MarkDone(ConnectionMemory memory, Request request, Reply reply)
    {
        CrashPoint.Pass(CrashPoint.AfterData);
        memory.Done.Set(memory.Area, request.Slot, request.Header, request.Body.Span[..reply.BodyLength]);
    }

    private static void Answer(Request request, Reply reply)
    {
        switch (reply.Kind)
        {
            case ReplyKind.Answer:
                request.Complete(reply.Error, reply.BodyLength);
                break;
            case ReplyKind.Silent:
                request.CompleteSilently();
                break;
            case ReplyKind.Parked:
                break;
        }
    }

    /// <summary>A request that an earlier daemon may have executed: its recorded outcome is the answer if there is one.</summary>
    private async ReactorTask<Reply> ServeResent(Request request)
    {
        var recorded = DoneWords.Keep(request.Header.Opcode) ? FindDone(request) : await DuplicateRequests.Find(connection, request);
        if (recorded.Kind == ReplyKind.Parked) return await Run(request);
        connection.Inheritance.CountAnswered();
        return request.Header.Opcode is Opcode.Create or Opcode.TmpFile && connection.BackingFiles is not null && recorded.Error == Errno.None
            ? await Create.Reopen(connection, request, recorded)
            : recorded;
    }

    private Reply FindDone(Request request)
    {
        var length = connection.Memory is { } memory ? memory.Done.Find(request.Header, request.Body.Span) : -1;
        return length < 0 ? Reply.Parked : Reply.Body(length);
    }

    private ReactorTask<Reply> Run(Request request) => request.Header.Opcode switch
    {
        Opcode.Lookup => Lookup.Run(connection, request),
        Opcode.Forget => Forget.Run(connection, request),
        Opcode.BatchForget => BatchForget.Run(connection, request),
        Opcode.GetAttributes => GetAttributes.Run(connection, request),
        Opcode.SetAttributes => SetAttributes.Run(connection, request),
        Opcode.Statx => StatxOperation.Run(connection, request),
        Opcode.ReadLink => ReadLink.Run(connection, request),
        Opcode.Symlink => Symlink.Run(connection, request),
        Opcode.Mknod => Mknod.Run(connection, request),
        Opcode.Mkdir => Mkdir.Run(connection, request),
        Opcode.Unlink => Unlink.Run(connection, request),
        Opcode.Rmdir => Rmdir.Run(connection, request),
        Opcode.Rename => Rename.Run(connection, request),
        Opcode.Rename2 => Rename.Run(connection, request),
        Opcode.Link => Link.Run(connection, request),
        Opcode.Open => Open.Run(connection, request),
        Opcode.Create => Create.Run(connection, request),
        Opcode.TmpFile => Create.RunTemporary(connection, request),
        Opcode.Read => Read.Run(connection, request),
        Opcode.Write => Write.Run(connection, request),
        Opcode.Flush => Flush.Run(connection, request),
        Opcode.Release => Release.Run(connection, request),
        Opcode.Fsync => Fsync.Run(connection, request),
        Opcode.Fallocate => Fallocate.Run(connection, request),
        Opcode.Seek => Seek.Run(connection, request),
        Opcode.CopyFileRange => CopyFileRange.Run(connection, request),
        Opcode.CopyFileRange64 => CopyFileRange.Run(connection, request),
        Opcode.OpenDirectory => OpenDirectory.Run(connection, request),
        Opcode.ReadDirectory => ReadDirectory.Run(connection, request),
        Opcode.ReadDirectoryPlus => ReadDirectory.Run(connection, request),
        Opcode.ReleaseDirectory => ReleaseDirectory.Run(),
        Opcode.FsyncDirectory => FsyncDirectory.Run(connection),
        Opcode.SyncFs => SyncFs.Run(connection),
        Opcode.Statfs => Statfs.Run(connection, request),
        Opcode.SetXattr => SetXattr.Run(connection, request),
        Opcode.GetXattr => GetXattr.Run(connection, request),
        Opcode.ListXattr => ListXattr.Run(connection, request),
        Opcode.RemoveXattr => RemoveXattr.Run(connection, request),
        Opcode.Access => Access.Run(connection, request),
        Opcode.GetLock => GetLock.Run(connection, request),
        Opcode.SetLock => SetLock.Run(connection, request),
        Opcode.SetLockWait => SetLock.Run(connection, request),
        Opcode.Interrupt => Interrupt.Run(connection, request),
        Opcode.Init => Init.Run(connection, request),
        Opcode.Destroy => Destroy.Run(connection),
        _ => Refused.Run(request),
    };
}
