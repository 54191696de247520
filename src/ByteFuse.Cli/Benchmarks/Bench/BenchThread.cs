using ByteFuse.Daemon;
using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>A thread's part of a benchmark: its folder, memory and progress. Nothing is allocated while a clock runs.</summary>
internal sealed class BenchThread : IDisposable
{
    /// <summary>Of what the benchmark makes: nobody else's business.</summary>
    public const int DirectoryMode = 0x1C0;

    /// <inheritdoc cref="DirectoryMode"/>
    public const int FileMode = 0x180;

    private readonly CancellationToken stop;
    private readonly NativeMemoryBlock memory;
    private long done;

    /// <param name="options">The benchmark.</param>
    /// <param name="folder">The thread's folder, which is made.</param>
    /// <param name="written">What to write, at least a block.</param>
    /// <param name="stop">Looked at between two calls.</param>
    public BenchThread(BenchOptions options, string folder, NativeSlice written, CancellationToken stop)
    {
        this.stop = stop;
        Written = written;
        var path = PathBytes.Of(folder);
        Require(FileCalls.MakeDirectoryAt(AtFlags.WorkingDirectory, path, DirectoryMode), path);
        Files = new BenchFiles(this, options, folder);
        Calls = new BenchCalls(this, options, folder);
        // Page-aligned, and each thread's own: sharing lines of the cache would be measured too.
        memory = NativeMemoryBlock.Allocate(Math.Max(options.BlockSize, BenchCalls.ListingSize));
    }

    /// <summary>The big file and the small ones.</summary>
    public BenchFiles Files { get; }

    /// <summary>Single calls, and how long each took.</summary>
    public BenchCalls Calls { get; }

    /// <summary>What is written.</summary>
    public NativeSlice Written { get; }

    /// <summary>Where it is read to.</summary>
    public NativeSlice Buffer => memory.Slice;

    /// <summary>How much of the running step is done, in the step's unit.</summary>
    public long Done => Volatile.Read(ref done);

    public void Dispose() => memory.Dispose();

    /// <summary>Begins to count a step.</summary>
    public void Begin() => Volatile.Write(ref done, 0);

    /// <summary>Counts, and throws where the benchmark is to end.</summary>
    public void Count(long units)
    {
        Volatile.Write(ref done, done + units);
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Opens a file, or throws.</summary>
    public static int Open(byte[] path, int flags)
    {
        var file = FileCalls.OpenAt(AtFlags.WorkingDirectory, path, flags, FileMode);
        Require(file, path);
        return file.Value;
    }

    /// <summary>Throws where a call failed.</summary>
    public static void Require(IoResult result, byte[] path) => Require(result.Error, path);

    /// <inheritdoc cref="Require(IoResult, byte[])"/>
    public static void Require(Errno error, byte[] path)
    {
        if (error != Errno.None) throw new IOException($"{Text(path)}: {error.Describe()}");
    }

    /// <summary>Throws where fewer bytes than these went over.</summary>
    public static void Require(IoResult result, int atLeast, byte[] path)
    {
        Require(result, path);
        if (result.Value < atLeast) throw new IOException($"{Text(path)}: only {result.Value} bytes were read or written");
    }

    private static string Text(byte[] path) => System.Text.Encoding.UTF8.GetString(path).TrimEnd('\0');
}
