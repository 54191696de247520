using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using RenameFlags = ByteFuse.Protocol.RenameFlags;

namespace ByteFuse.FileSystem;

/// <summary>RENAME and RENAME2 with NOREPLACE, EXCHANGE and WHITEOUT: one commit, whatever moves.</summary>
internal static class Rename
{
    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var error = ReadArguments(connection, request, out var names);
        if (error != Errno.None) return error;
        for (var attempt = 0; attempt < Volume.CommitAttempts; attempt++)
        {
            var read = await RenamePlan.Read(connection.Volume, names);
            if (read.Error != Errno.None) return read.Error;
            if (read.Plan is not { } plan) return Reply.Done;
            using var commit = MetadataCommit.Rent();
            error = await plan.Append(connection, request, commit);
            if (error != Errno.None) return error;
            connection.RecordOutcome(commit, request, 0);
            var outcome = await connection.Volume.Commit(commit);
            if (outcome.Error != Errno.None) return outcome.Error;
            if (outcome.FailedPrecondition == plan.NotEmptyPrecondition) return Errno.ENOTEMPTY;
            if (!outcome.Committed) continue;
            if (plan.Replaced is { } replaced && !plan.IsExchange) LostName.Committed(connection.Volume, replaced);
            return Reply.Done;
        }
        return Errno.EAGAIN;
    }

    private static Errno ReadArguments(Connection connection, Request request, out RenameNames names)
    {
        var flags = RenameFlags.None;
        ulong target;
        if (request.Header.Opcode == Opcode.Rename2)
        {
            var arguments = request.Read<Rename2In>();
            flags = arguments.Flags;
            target = arguments.NewDirectory;
        }
        else
        {
            target = request.Read<RenameIn>().NewDirectory;
        }
        names = new RenameNames(connection.Inode(request.Header.NodeId), connection.Inode(target), flags);
        if (!flags.IsValid()) return Errno.EINVAL;
        var reader = new ArgumentReader(request.Payload.Span);
        var error = Arguments.ReadDentryKey(ref reader, connection, names.OldDirectory, out names.OldName);
        return error != Errno.None ? error : Arguments.ReadDentryKey(ref reader, connection, names.NewDirectory, out names.NewName);
    }

    private static bool IsValid(this RenameFlags flags) =>
        (flags & ~(RenameFlags.NoReplace | RenameFlags.Exchange | RenameFlags.Whiteout)) == 0
        && ((flags & RenameFlags.Exchange) == 0 || flags == RenameFlags.Exchange);
}
