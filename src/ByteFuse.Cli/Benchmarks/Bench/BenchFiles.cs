using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>Writes and reads whole files: one big one, whose bytes count, and small ones, which count themselves.</summary>
internal sealed class BenchFiles(BenchThread thread, BenchOptions options, string folder)
{
    private readonly byte[] big = PathBytes.Of($"{folder}/big");
    private readonly byte[][] small = [.. Enumerable.Range(0, options.SmallFileCount).Select(i => PathBytes.Of($"{folder}/small.{i}"))];

    public void WriteBig() => Write(big, options.BigFileSize, bytesCount: true);

    public void ReadBig() => Read(big, options.BigFileSize, bytesCount: true);

    public void WriteSmall()
    {
        foreach (var path in small)
        {
            Write(path, options.SmallFileSize, bytesCount: false);
            thread.Count(1);
        }
    }

    public void ReadSmall()
    {
        foreach (var path in small)
        {
            Read(path, options.SmallFileSize, bytesCount: false);
            thread.Count(1);
        }
    }

    public void StatSmall()
    {
        foreach (var path in small)
        {
            BenchThread.Require(FileCalls.GetBasicStatusAt(AtFlags.WorkingDirectory, path, 0, out _), path);
            thread.Count(1);
        }
    }

    private void Write(byte[] path, long length, bool bytesCount)
    {
        var file = BenchThread.Open(path, OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.WriteOnly);
        IoResult closed;
        try
        {
            for (long offset = 0; offset < length;)
            {
                var part = (int)Math.Min(options.BlockSize, length - offset);
                var result = FileCalls.WriteAt(file, thread.Written.Span[..part], offset);
                BenchThread.Require(result, atLeast: 1, path);
                offset += result.Value;
                thread.Count(bytesCount ? result.Value : 0);
            }
            if (options.Sync) BenchThread.Require(FileCalls.Sync(file), path);
        }
        finally
        {
            closed = FileCalls.Close(file);
        }
        // Network file systems may tell of a full disk here.
        BenchThread.Require(closed, path);
    }

    private void Read(byte[] path, long length, bool bytesCount)
    {
        var file = BenchThread.Open(path, OpenFlags.ReadOnly);
        try
        {
            for (long offset = 0; offset < length;)
            {
                var part = (int)Math.Min(options.BlockSize, length - offset);
                var result = FileCalls.ReadAt(file, thread.Buffer.Span[..part], offset);
                BenchThread.Require(result, atLeast: 1, path);
                offset += result.Value;
                thread.Count(bytesCount ? result.Value : 0);
            }
        }
        finally
        {
            FileCalls.Close(file);
        }
    }
}
