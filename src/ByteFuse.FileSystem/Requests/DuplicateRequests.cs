using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>Finds the recorded outcome of a request that the kernel sends again (FUSE_NOTIFY_RESEND).</summary>
internal static class DuplicateRequests
{
    private const int Batch = 64;

    private delegate bool KeyChoice(ReadOnlySpan<byte> key);

    /// <summary>The recorded answer, or <see cref="Reply.Parked"/> where there is none and the request is to be executed.</summary>
    public static async ReactorTask<Reply> Find(Connection connection, Request request)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(Keys.DuplicateRequests(connection.Id), default, Batch);
        while (true)
        {
            var error = await connection.Volume.Metadata.Scan(scan);
            if (error != Errno.None) return error;
            if (TryAnswer(scan, request, out var length)) return Reply.Body(length);
            if (!scan.HasMore) return Reply.Parked;
            scan.Continue();
        }
    }

    /// <summary>Removes the records of a connection that has ended.</summary>
    public static ReactorTask<Errno> Remove(Connection connection) =>
        Remove(connection.Volume.Metadata, Keys.DuplicateRequests(connection.Id), kept: _ => false);

    /// <summary>Removes the records of the daemons that had the connection before: the kernel has its answers to what it asked of them.</summary>
    public static ReactorTask<Errno> RemoveInherited(Connection connection, uint area) =>
        Remove(connection.Volume.Metadata, Keys.DuplicateRequests(connection.Id), kept: key => Keys.AreaOfDuplicateRequest(key) == area);

    /// <summary>
    /// Removes what connections left whose daemon was killed: they ended with it, so that nobody sends their requests again.
    /// Only connections that a successor has taken over live on, and their kernel asks for their records yet.
    /// </summary>
    /// <param name="metadata">The volume's metadata; nothing is served from it yet.</param>
    /// <param name="takenOver">The connections that go on.</param>
    public static ReactorTask<Errno> RemoveEnded(IMetadataStore metadata, IReadOnlyCollection<UInt128> takenOver) =>
        Remove(metadata, Keys.AllDuplicateRequests, kept: key => takenOver.Contains(Keys.ConnectionOfDuplicateRequest(key)));

    private static async ReactorTask<Errno> Remove(IMetadataStore metadata, MetadataKey prefix, KeyChoice kept)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(prefix, default, Batch, wantValues: false);
        while (true)
        {
            var error = await metadata.Scan(scan);
            if (error != Errno.None) return error;
            using var commit = MetadataCommit.Rent();
            for (var i = 0; i < scan.Count; i++)
            {
                if (!kept(scan.Key(i))) commit.Delete(MetadataKey.From(scan.Key(i)));
            }
            if (commit.MutationCount > 0) error = (await metadata.Commit(commit)).Error;
            if (error != Errno.None || !scan.HasMore) return error;
            scan.Continue();
        }
    }

    private static bool TryAnswer(MetadataScan scan, Request request, out int length)
    {
        for (var i = 0; i < scan.Count; i++)
        {
            if (!DuplicateRequestRecord.TryRead(scan.Value(i), out var record)) continue;
            if (record.Unique != request.Header.RequestId || record.Opcode != (uint)request.Header.Opcode) continue;
            record.Reply.CopyTo(request.Body.Span);
            length = record.Reply.Length;
            return true;
        }
        length = 0;
        return false;
    }
}
