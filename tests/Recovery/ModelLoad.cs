using ByteFuse.Testing;

namespace ByteFuse.Recovery;

/// <summary>
/// Threads that know what must be in their directories: O_EXCL creates, appends, renames and unlinks, of which none may be lost or
/// happen twice.
/// </summary>
internal sealed class ModelLoad(int seed) : Load("model")
{
    private const int Workers = 2;

    protected override string? RunOnce(Place place, CancellationToken stop)
    {
        var workers = Enumerable.Range(0, Workers).Select(i => new LoadWorker(Path.Combine(place.Inside, $"{place.Run}-{i}"), seed + i)).ToList();
        var threads = workers.Select(worker => new Thread(() => worker.Run(stop))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var faults = workers.SelectMany(worker => worker.Faults).ToList();
        return faults.Count == 0 ? null : string.Join('\n', faults);
    }
}
