namespace ByteFuse.Cli;

/// <summary>One thing that a benchmark measures; all its threads do it at once.</summary>
/// <param name="Name">As tables and JSON call it.</param>
/// <param name="Units">What each thread counts up to.</param>
/// <param name="Reads">It is faster where something is in memory already.</param>
/// <param name="Work">What a thread does.</param>
internal sealed record BenchStep(string Name, long Units, bool Reads, Action<BenchThread> Work)
{
    /// <summary>Files that each thread works on, where it works on whole ones.</summary>
    public long Files { get; private init; }

    /// <summary>What of each is written or read.</summary>
    public long BytesPerFile { get; private init; }

    /// <summary>Files written, read and looked at, as by juicefs bench.</summary>
    public static IEnumerable<BenchStep> OfFiles(BenchOptions options)
    {
        var big = options.BigFileSize;
        if (big > 0)
        {
            yield return new("Write big file", big, false, thread => thread.Files.WriteBig()) { Files = 1, BytesPerFile = big };
            yield return new("Read big file", big, true, thread => thread.Files.ReadBig()) { Files = 1, BytesPerFile = big };
        }
        var (count, size) = (options.SmallFileCount, options.SmallFileSize);
        if (count > 0)
        {
            yield return new("Write small file", count, false, thread => thread.Files.WriteSmall()) { Files = count, BytesPerFile = size };
            yield return new("Read small file", count, true, thread => thread.Files.ReadSmall()) { Files = count, BytesPerFile = size };
            yield return new("Stat file", count, true, thread => thread.Files.StatSmall()) { Files = count };
        }
    }

    /// <summary>Single calls, each on what those before it left.</summary>
    public static IEnumerable<BenchStep> OfCalls(BenchOptions options) => options.Calls == 0 ? [] :
    [
        new("mkdir", options.Calls, false, thread => thread.Calls.MakeDirectory()),
        new("create", options.Calls, false, thread => thread.Calls.Create()),
        new("open", options.Calls, true, thread => thread.Calls.Open()),
        new("write 4 KiB", options.Calls, false, thread => thread.Calls.Write()),
        new("fsync", options.Calls, false, thread => thread.Calls.Sync()),
        new("read 4 KiB", options.Calls, true, thread => thread.Calls.Read()),
        new("stat", options.Calls, true, thread => thread.Calls.Stat()),
        new("readdir", options.Calls, true, thread => thread.Calls.List()),
        new("rename", options.Calls, false, thread => thread.Calls.Rename()),
        new("unlink", options.Calls, false, thread => thread.Calls.Unlink()),
    ];
}
