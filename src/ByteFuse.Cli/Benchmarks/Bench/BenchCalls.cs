using System.Diagnostics;
using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>Makes single calls and keeps how long each took. What a call needs besides, such as close(2), is not timed.</summary>
internal sealed class BenchCalls
{
    /// <summary>Files in each directory that has some, so that listings are of directories as people have them.</summary>
    public const int NamesPerDirectory = 100;

    /// <summary>Bytes of the buffer of a listing, as in glibc.</summary>
    public const int ListingSize = 32 << 10;

    private const int TransferSize = 4096;

    private readonly BenchThread thread;
    private readonly byte[] transfers;
    private readonly byte[][] directories;
    private readonly byte[][] files;
    private readonly byte[][] renamed;
    private readonly int[] shuffled;

    public BenchCalls(BenchThread thread, BenchOptions options, string folder)
    {
        this.thread = thread;
        transfers = PathBytes.Of($"{folder}/transfers");
        var calls = Enumerable.Range(0, options.Calls).ToArray();
        directories = [.. calls.Select(i => PathBytes.Of($"{folder}/dir.{i}"))];
        files = [.. calls.Select(i => PathBytes.Of($"{folder}/dir.{i / NamesPerDirectory}/file.{i}"))];
        renamed = [.. calls.Select(i => PathBytes.Of($"{folder}/dir.{i / NamesPerDirectory}/renamed.{i}"))];
        Ticks = new long[options.Calls];
        new Random(options.Calls).Shuffle(calls);
        shuffled = calls;
    }

    /// <summary>What each call of the last step took, in ticks of <see cref="Stopwatch"/>.</summary>
    public long[] Ticks { get; }

    public void MakeDirectory()
    {
        for (var i = 0; i < Ticks.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var made = FileCalls.MakeDirectoryAt(AtFlags.WorkingDirectory, directories[i], BenchThread.DirectoryMode);
            Record(i, Stopwatch.GetTimestamp() - start);
            BenchThread.Require(made, directories[i]);
        }
    }

    public void Create() => Open(OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.ReadWrite);

    public void Open() => Open(OpenFlags.ReadOnly);

    public void Write()
    {
        var file = BenchThread.Open(transfers, OpenFlags.Create | OpenFlags.WriteOnly);
        try
        {
            for (var i = 0; i < Ticks.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                var written = WriteAt(file, i);
                Record(i, Stopwatch.GetTimestamp() - start);
                BenchThread.Require(written, TransferSize, transfers);
            }
        }
        finally
        {
            FileCalls.Close(file);
        }
    }

    /// <summary>Each has 4 KiB to make durable.</summary>
    public void Sync()
    {
        var file = BenchThread.Open(transfers, OpenFlags.WriteOnly);
        try
        {
            for (var i = 0; i < Ticks.Length; i++)
            {
                BenchThread.Require(WriteAt(file, shuffled[i]), TransferSize, transfers);
                var start = Stopwatch.GetTimestamp();
                var synced = FileCalls.Sync(file);
                Record(i, Stopwatch.GetTimestamp() - start);
                BenchThread.Require(synced, transfers);
            }
        }
        finally
        {
            FileCalls.Close(file);
        }
    }

    /// <summary>In random order, so that reading ahead does not help.</summary>
    public void Read()
    {
        var file = BenchThread.Open(transfers, OpenFlags.ReadOnly);
        try
        {
            for (var i = 0; i < Ticks.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                var read = FileCalls.ReadAt(file, thread.Buffer.Span[..TransferSize], (long)shuffled[i] * TransferSize);
                Record(i, Stopwatch.GetTimestamp() - start);
                BenchThread.Require(read, TransferSize, transfers);
            }
        }
        finally
        {
            FileCalls.Close(file);
        }
    }

    public void Stat()
    {
        for (var i = 0; i < Ticks.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var error = FileCalls.GetBasicStatusAt(AtFlags.WorkingDirectory, files[i], 0, out _);
            Record(i, Stopwatch.GetTimestamp() - start);
            BenchThread.Require(error, files[i]);
        }
    }

    /// <summary>A call is a whole listing here: open, read to the end, close.</summary>
    public void List()
    {
        var filled = (Ticks.Length + NamesPerDirectory - 1) / NamesPerDirectory;
        for (var i = 0; i < Ticks.Length; i++)
        {
            var path = directories[i % filled];
            var start = Stopwatch.GetTimestamp();
            var error = List(path);
            Record(i, Stopwatch.GetTimestamp() - start);
            BenchThread.Require(error, path);
        }
    }

    public void Rename()
    {
        for (var i = 0; i < Ticks.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var moved = FileCalls.RenameAt(AtFlags.WorkingDirectory, files[i], AtFlags.WorkingDirectory, renamed[i]);
            Record(i, Stopwatch.GetTimestamp() - start);
            BenchThread.Require(moved, files[i]);
        }
    }

    public void Unlink()
    {
        for (var i = 0; i < Ticks.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var removed = FileCalls.UnlinkAt(AtFlags.WorkingDirectory, renamed[i]);
            Record(i, Stopwatch.GetTimestamp() - start);
            BenchThread.Require(removed, renamed[i]);
        }
    }

    private void Open(int flags)
    {
        for (var i = 0; i < Ticks.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var file = FileCalls.OpenAt(AtFlags.WorkingDirectory, files[i], flags, BenchThread.FileMode);
            var ticks = Stopwatch.GetTimestamp() - start;
            BenchThread.Require(file, files[i]);
            BenchThread.Require(FileCalls.Close(file.Value), files[i]);
            Record(i, ticks);
        }
    }

    private IoResult WriteAt(int file, int block) => FileCalls.WriteAt(file, thread.Written.Span[..TransferSize], (long)block * TransferSize);

    private IoResult List(byte[] path)
    {
        var directory = FileCalls.OpenAt(AtFlags.WorkingDirectory, path, OpenFlags.Directory);
        if (!directory.Succeeded) return directory;
        IoResult read;
        do read = FileCalls.ReadDirectory(directory.Value, thread.Buffer.Span[..ListingSize]);
        while (read.Succeeded && read.Value > 0);
        FileCalls.Close(directory.Value);
        return read;
    }

    private void Record(int index, long ticks)
    {
        Ticks[index] = ticks;
        thread.Count(1);
    }
}
