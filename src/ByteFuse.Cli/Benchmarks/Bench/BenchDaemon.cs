using ByteFuse.Daemon;
using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>The daemon of the mount in which a benchmark runs, and what it had counted before.</summary>
internal sealed class BenchDaemon : IDisposable
{
    private readonly ControlClient client;
    private readonly string id;
    private readonly StatsReply before;

    private BenchDaemon(MountState state)
    {
        client = new ControlClient(state);
        id = state.Id;
        before = client.Stats(id);
    }

    /// <summary>Begins to count; null where the directory is in no ByteFUSE mount, or its control socket is not ours to use.</summary>
    public static BenchDaemon? Of(string directory)
    {
        if (ProcessCalls.EffectiveUserId != 0 || MountFinder.Holding(directory) is not { } state) return null;
        // Something else may be mounted below it.
        return MountTable.Holding(directory)?.MountPoint == state.MountPoint ? new BenchDaemon(state) : null;
    }

    /// <summary>What it counted since.</summary>
    public BenchDaemonCounts Counts()
    {
        var operations = new List<BenchDaemonOperation>();
        long requests = 0, nanoseconds = 0;
        foreach (var operation in client.Stats(id).Operations)
        {
            var earlier = before.Operations.FirstOrDefault(other => other.Name == operation.Name);
            var served = operation.Requests - (earlier?.Requests ?? 0);
            var time = operation.Nanoseconds - (earlier?.Nanoseconds ?? 0);
            if (served == 0) continue;
            operations.Add(new BenchDaemonOperation(operation.Name, served, operation.Errors - (earlier?.Errors ?? 0), Mean(time, served)));
            requests += served;
            nanoseconds += time;
        }
        return new BenchDaemonCounts(before.MountPoint, requests, Mean(nanoseconds, requests), operations);
    }

    public void Dispose() => client.Dispose();

    private static double Mean(long nanoseconds, long requests) => Math.Round(nanoseconds / 1000.0 / Math.Max(1, requests), 1);
}
