using System.Diagnostics;
using ByteFuse.Testing;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.GrowthBench;

/// <summary>What a client's threads get done together; operations per second, the median of the rounds.</summary>
public sealed class ThreadsPart(string directory)
{
    public static readonly int[] Sizes = [1, 2, 4, 8, 16, 32, 64];

    private const int FilesPerThread = 100;
    private const int FileBlocks = 1 << 14;
    private static readonly TimeSpan _warmUp = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan _round = TimeSpan.FromMilliseconds(800);
    private string DataFile => Path.Combine(directory, "data");

    /// <summary>Makes a folder for each thread, and a file of 64 MiB for all.</summary>
    public void Prepare()
    {
        for (int thread = 0; thread < Sizes[^1]; thread++)
        {
            Timing.Check(Sys.Mkdir(Folder(thread)));
            for (int i = 0; i < FilesPerThread; i++)
                Timing.Check(Sys.Close(Timing.Check(Sys.Creat(Path.Combine(Folder(thread), $"f{i}"), 0x1A4))));
        }
        long fd = Timing.Check(Sys.Creat(DataFile, 0x1A4));
        var block = new byte[1 << 20];
        for (int i = 0; i < FileBlocks * (long)OpenFilesHolder.BlockSize / block.Length; i++)
            Timing.Check(Sys.Write(fd, block));
        Timing.Check(Sys.Fsync(fd));
        Sys.Close(fd);
    }

    public IReadOnlyDictionary<string, double> Measure(int threads)
    {
        long fd = Timing.Check(Sys.Open(DataFile, O_RDONLY | O_DIRECT | O_CLOEXEC));
        try
        {
            return new Dictionary<string, double>
            {
                ["stat (LOOKUP and GETATTR)"] = PerSecond(threads, Stats),
                ["create and unlink"] = PerSecond(threads, Creates),
                ["4 KiB direct read"] = PerSecond(threads, thread => Reads(thread, fd)),
            };
        }
        finally
        {
            Sys.Close(fd);
        }
    }

    private string Folder(int thread) => Path.Combine(directory, $"t{thread:D2}");

    private Func<long> Stats(int thread)
    {
        string[] paths = [.. Enumerable.Range(0, FilesPerThread).Select(i => Path.Combine(Folder(thread), $"f{i}"))];
        long folder = Timing.Check(Sys.Open(Folder(thread), O_PATH | O_DIRECTORY | O_CLOEXEC));
        int next = 0;
        return () => Sys.Statx(folder, Path.GetFileName(paths[next++ % FilesPerThread]), 0, STATX_BASIC_STATS, out _);
    }

    private Func<long> Creates(int thread)
    {
        string path = Path.Combine(Folder(thread), "new");
        return () =>
        {
            Timing.Check(Sys.Close(Timing.Check(Sys.Open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0x1A4))));
            return Sys.Unlink(path);
        };
    }

    private static Func<long> Reads(int thread, long fd)
    {
        byte[] memory = OpenFilesHolder.AlignedBlock(out int offset);
        var random = new Random(thread);
        return () => Sys.Pread(fd, memory.AsSpan(offset, OpenFilesHolder.BlockSize), random.NextInt64(FileBlocks) * OpenFilesHolder.BlockSize);
    }

    private static double PerSecond(int threads, Func<int, Func<long>> prepare)
    {
        Func<long>[] calls = [.. Enumerable.Range(0, threads).Select(prepare)];
        return Timing.Median(Enumerable.Range(0, Timing.Rounds).Select(_ => Round(calls)));
    }

    private static double Round(Func<long>[] calls)
    {
        var counts = new long[calls.Length];
        bool counting = false, ended = false;
        Exception? failure = null;
        Thread[] running = [.. calls.Select((call, index) => new Thread(() =>
        {
            try
            {
                long done = 0;
                while (!Volatile.Read(ref ended))
                {
                    Timing.Check(call());
                    if (Volatile.Read(ref counting))
                        done++;
                }
                counts[index] = done;
            }
            catch (InvalidOperationException problem)
            {
                failure = problem;
            }
        }))];
        foreach (Thread thread in running)
            thread.Start();
        Thread.Sleep(_warmUp);
        Volatile.Write(ref counting, true);
        long start = Stopwatch.GetTimestamp();
        Thread.Sleep(_round);
        Volatile.Write(ref counting, false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Volatile.Write(ref ended, true);
        foreach (Thread thread in running)
            thread.Join();
        return failure is null ? counts.Sum() / seconds : throw failure;
    }
}
