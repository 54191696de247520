using ByteFuse.Daemon;
using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>Measures a file system by what several threads do in a folder of it, one step after another.</summary>
internal sealed class Benchmark : IDisposable
{
    private readonly BenchOptions options;
    private readonly CancellationTokenSource stop;
    private readonly Action<string, double> progress;
    private readonly NativeMemoryBlock written;
    private readonly List<BenchThread> threads = [];

    private Benchmark(BenchOptions options, string folder, CancellationTokenSource stop, Action<string, double> progress)
    {
        this.options = options;
        this.stop = stop;
        this.progress = progress;
        written = NativeMemoryBlock.Allocate(options.BlockSize);
        // What compresses, or is the same in each block, some file systems store for nothing.
        new Random(1).NextBytes(written.Slice.Span);
        Directory.CreateDirectory(folder);
        for (var i = 0; i < options.Threads; i++) threads.Add(new BenchThread(options, $"{folder}/{i}", written.Slice, stop.Token));
    }

    /// <summary>
    /// Runs all of it in a fresh folder, which is gone when this returns or throws: <see cref="OperationCanceledException"/> where
    /// it was stopped, <see cref="IOException"/> where a call failed, <see cref="Refusal"/>.
    /// </summary>
    /// <param name="options">What to do.</param>
    /// <param name="stop">Cancelled to end early.</param>
    /// <param name="progress">Told the name of a step and how far it is, from 0 to 1.</param>
    public static BenchReport Run(BenchOptions options, CancellationTokenSource stop, Action<string, double> progress)
    {
        if (options.DropCaches) KernelCaches.Drop();
        var started = DateTimeOffset.Now;
        var folder = BenchFolder.Create(options.Directory);
        return folder.Use(() =>
        {
            using (var warmUp = new Benchmark(options.WarmUp(), folder.Path + "/warm-up", stop, (_, _) => { }))
            {
                warmUp.RunFiles();
                warmUp.RunCalls();
            }
            using var daemon = BenchDaemon.Of(options.Directory);
            using var run = new Benchmark(options, folder.Path + "/run", stop, progress);
            var type = MountTable.Holding(options.Directory)?.Type ?? "unknown";
            return new BenchReport(started, type, options, run.RunFiles(), run.RunCalls(), daemon?.Counts());
        });
    }

    public void Dispose()
    {
        threads.ForEach(thread => thread.Dispose());
        written.Dispose();
    }

    private List<BenchFileRate> RunFiles() =>
        [.. BenchStep.OfFiles(options).Select(step =>
        {
            var seconds = Run(step).TotalSeconds;
            var files = step.Files * options.Threads;
            return new BenchFileRate(step.Name, files, files * step.BytesPerFile, seconds, seconds / step.Files);
        })];

    private List<BenchLatency> RunCalls() =>
        [.. BenchStep.OfCalls(options).Select(step =>
        {
            Run(step);
            return BenchLatency.Of(step.Name, [.. threads.SelectMany(thread => thread.Calls.Ticks)]);
        })];

    private TimeSpan Run(BenchStep step)
    {
        if (step.Reads && options.DropCaches) KernelCaches.Drop();
        threads.ForEach(thread => thread.Begin());
        progress(step.Name, 0);
        var elapsed = ParallelWork.Run(
            options.Threads, index => step.Work(threads[index]), stop,
            () => progress(step.Name, threads.Sum(thread => thread.Done) / ((double)step.Units * options.Threads)));
        progress(step.Name, 1);
        return elapsed;
    }
}
