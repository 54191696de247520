using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>
/// Moves bytes between memory and open files: at once where there is nothing to wait for, which is most of the time, as reads find
/// their pages in memory and writes leave theirs there; else through the reactor's ring. Holds the loops around calls that may do
/// less than they were asked for.
/// </summary>
internal sealed class FileTransfers(ImmediateCalls immediate)
{
    /// <summary>
    /// Bytes that one copy_file_range(2) is asked for: long enough that the call itself does not count, short enough (some 50 ms
    /// where the disk copies) that the few threads for blocking calls go round.
    /// </summary>
    internal const long CopyChunk = 64 << 20;

    // Cleared once a file system has said that it cannot tell whether a read would wait.
    private bool readsNow = true;

    /// <summary>Fills the slice, but for what lies behind the end of the file.</summary>
    public ReactorTask<IoResult> Read(int fd, long offset, NativeSlice into)
    {
        var done = 0;
        while (done < into.Length)
        {
            var read = ReadNow(fd, into.Slice(done), offset + done);
            if (!read.Succeeded) return ReadWaiting(fd, offset, into, done);
            // A read is short at the end of the file, but also where the rest is not in memory: only 0 bytes is the end.
            if (read.Value == 0) break;
            done += read.Value;
        }
        return new ReactorTask<IoResult>(Moved(done));
    }

    /// <summary>
    /// Writes the slice. What fitted before an error is in the file and has made it longer: as write(2) does, that is told, and
    /// the error the next time.
    /// </summary>
    public ReactorTask<IoResult> Write(int fd, long offset, NativeSlice from)
    {
        var reactor = CoreReactor.Current;
        if (!immediate.TryBegin(reactor, from.Length, out var started)) return WriteWaiting(fd, offset, from, 0);
        var written = FileCalls.WriteAt(fd, from.Span, offset);
        immediate.Took(reactor, started);
        if (!written.Succeeded) return new ReactorTask<IoResult>(written);
        return written.Value == from.Length
            ? new ReactorTask<IoResult>(Moved(written.Value))
            : WriteWaiting(fd, offset, from, written.Value);
    }

    // No loop of reads and writes for file systems without copy_file_range: within one file system the kernel falls back to
    // splicing by itself (fs/read_write.c, since Linux 5.19).
    public static async ReactorTask<IoResult> Copy(BlockingCalls blocking, int source, long sourceOffset, int target, long targetOffset, long length)
    {
        var done = 0L;
        while (done < length)
        {
            var copied = await blocking.Run<CopyRangeCall, IoResult>(
                new CopyRangeCall(source, sourceOffset + done, target, targetOffset + done, Math.Min(CopyChunk, length - done)));
            if (!copied.Succeeded) return done > 0 ? IoResult.FromValue(done) : copied;
            if (copied.LongValue == 0) break;
            done += copied.LongValue;
        }
        return IoResult.FromValue(done);
    }

    private IoResult ReadNow(int fd, NativeSlice into, long offset)
    {
        if (immediate.InMemory) return FileCalls.ReadAt(fd, into.Span, offset);
        if (!readsNow) return IoResult.FromError(Errno.EOPNOTSUPP);
        var read = FileCalls.ReadNow(fd, into, offset);
        if (read.Error == Errno.EOPNOTSUPP) readsNow = false;
        return read;
    }

    private static async ReactorTask<IoResult> ReadWaiting(int fd, long offset, NativeSlice into, int done)
    {
        while (done < into.Length)
        {
            var read = await CoreReactor.Current.Read(fd, into.Slice(done), offset + done);
            if (!read.Succeeded) return read;
            if (read.Value == 0) break;
            done += read.Value;
        }
        return Moved(done);
    }

    private static async ReactorTask<IoResult> WriteWaiting(int fd, long offset, NativeSlice from, int done)
    {
        while (done < from.Length)
        {
            var written = await CoreReactor.Current.Write(fd, from.Slice(done), offset + done);
            if (!written.Succeeded) return done > 0 ? Moved(done) : written;
            if (written.Value == 0) return done > 0 ? Moved(done) : IoResult.FromError(Errno.EIO);
            done += written.Value;
        }
        return Moved(done);
    }

    private static IoResult Moved(int bytes)
    {
        CoreReactor.Current.Statistics.CountMoved(bytes);
        return IoResult.FromValue(bytes);
    }
}
