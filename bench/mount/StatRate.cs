using System.Diagnostics;
using ByteFuse.Linux;

namespace ByteFuse.MountBench;

/// <summary>stat(2) of the files f0, f1, ... of a folder one after the other, by one thread.</summary>
public static class StatRate
{
    /// <summary>As many as bench/peers/null_ll.c has.</summary>
    public const int Files = 1000;

    /// <summary>Makes those that are not there.</summary>
    public static void Prepare(string folder)
    {
        for (int i = 0; i < Files; i++)
        {
            string path = Path.Combine(folder, $"f{i}");
            if (!File.Exists(path))
                File.Create(path).Dispose();
        }
    }

    /// <summary>How many were done in that time, and per second.</summary>
    public static (long Count, double PerSecond) Run(string folder, double seconds)
    {
        byte[][] paths = [.. Enumerable.Range(0, Files).Select(i => PathBytes.Of(Path.Combine(folder, $"f{i}")))];
        long count = 0, start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            foreach (byte[] path in paths)
            {
                if (FileCalls.GetBasicStatusAt(AtFlags.WorkingDirectory, path, 0, out _) is not Errno.None and Errno error)
                    throw new IOException($"stat in {folder}: {error}");
            }
            count += paths.Length;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed.TotalSeconds < seconds);
        return (count, count / elapsed.TotalSeconds);
    }
}
