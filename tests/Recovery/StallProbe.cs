using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.Recovery;

/// <summary>
/// An application with one small change of the tree after the other: how long the longest of them took is what a user sees of a
/// disturbance. Beside the loads, which take their share of it.
/// </summary>
internal sealed class StallProbe(string folder)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(1);

    private readonly Lock gate = new();
    private Thread? thread;
    private long began;
    private long longest;

    /// <summary>What a call failed with; null where none did.</summary>
    public string? Failure { get; private set; }

    public void Start(CancellationToken stop)
    {
        thread = new Thread(() => Run(stop));
        thread.Start();
    }

    public bool End(TimeSpan patience) => thread!.Join(patience);

    /// <summary>The longest call since it was asked last, the one that is under way among them.</summary>
    public TimeSpan TakeLongest()
    {
        lock (gate)
        {
            var result = Math.Max(longest, began == 0 ? 0 : Stopwatch.GetTimestamp() - began);
            longest = 0;
            return Stopwatch.GetElapsedTime(0, result);
        }
    }

    private void Run(CancellationToken stop)
    {
        var path = Path.Combine(folder, "probe");
        while (!stop.IsCancellationRequested && Failure is null)
        {
            Call("mkdir", () => Sys.Mkdir(path));
            Call("rmdir", () => Sys.Rmdir(path));
            Thread.Sleep(Between);
        }
    }

    private void Call(string name, Func<long> call)
    {
        lock (gate) began = Stopwatch.GetTimestamp();
        var result = call();
        lock (gate)
        {
            longest = Math.Max(longest, Stopwatch.GetTimestamp() - began);
            began = 0;
        }
        if (result < 0) Failure ??= $"{name}: {Abi.ErrnoName(result)}";
    }
}
