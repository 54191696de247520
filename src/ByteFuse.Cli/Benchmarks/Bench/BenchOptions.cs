using System.Text.Json.Serialization;

namespace ByteFuse.Cli;

/// <summary>What a benchmark does; names and defaults are those of juicefs bench where that has them. Sizes in bytes.</summary>
internal sealed record BenchOptions
{
    // What most file systems round a file up to.
    private const long FileBlock = 4096;

    /// <summary>Where its folder is made: canonical.</summary>
    public required string Directory { get; init; }

    /// <summary>Bytes in one read or write of a file.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Size of the big file of each thread; 0 for none.</summary>
    public required long BigFileSize { get; init; }

    /// <summary>Size of a small file.</summary>
    public required long SmallFileSize { get; init; }

    /// <summary>Small files of each thread; 0 for none.</summary>
    public required int SmallFileCount { get; init; }

    /// <summary>Calls of each kind whose latency each thread measures; 0 for none.</summary>
    public required int Calls { get; init; }

    /// <summary>Threads that work at once.</summary>
    public required int Threads { get; init; }

    /// <summary>A file counts as written when fsync(2) has returned.</summary>
    public bool Sync { get; init; }

    /// <summary>The kernel's caches are dropped before whatever reads.</summary>
    public bool DropCaches { get; init; }

    /// <summary>Bytes that everything takes together; a call takes one block for a directory and writes another.</summary>
    [JsonIgnore]
    public long Space
    {
        get
        {
            var small = (SmallFileSize + FileBlock - 1) / FileBlock * FileBlock;
            return Threads * (BigFileSize + SmallFileCount * small + Calls * 2 * FileBlock);
        }
    }

    /// <summary>A little of everything, so that what is measured later runs compiled code.</summary>
    public BenchOptions WarmUp() => this with
    {
        BigFileSize = Math.Min(BigFileSize, 1 << 20),
        SmallFileCount = Math.Min(SmallFileCount, 2),
        Calls = Math.Min(Calls, 10),
        Threads = 1,
        DropCaches = false,
    };
}
