using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>The loops around system calls that may do less than they were asked for.</summary>
public sealed partial class LocalFileStore
{
    /// <summary>
    /// Bytes that one copy_file_range(2) is asked for: long enough that the call itself does not count, short enough (some 50 ms
    /// where the disk copies) that the few threads for blocking calls go round.
    /// </summary>
    internal const long CopyChunk = 64 << 20;

    // A read is short at the end of the file, but also where memory is short or a signal came: only 0 bytes is the end.
    private static async ReactorTask<IoResult> ReadFully(int fd, long offset, NativeSlice into)
    {
        var done = 0;
        while (done < into.Length)
        {
            var read = await CoreReactor.Current.Read(fd, into.Slice(done), offset + done);
            if (!read.Succeeded) return read;
            if (read.Value == 0) break;
            done += read.Value;
        }
        return IoResult.FromValue(done);
    }

    private static async ReactorTask<IoResult> WriteFully(int fd, long offset, NativeSlice from)
    {
        var done = 0;
        while (done < from.Length)
        {
            var written = await CoreReactor.Current.Write(fd, from.Slice(done), offset + done);
            // What fitted is in the file and has made it longer: as write(2) does, tell, and fail the next time.
            if (!written.Succeeded) return done > 0 ? IoResult.FromValue(done) : written;
            if (written.Value == 0) return done > 0 ? IoResult.FromValue(done) : IoResult.FromError(Errno.EIO);
            done += written.Value;
        }
        return IoResult.FromValue(done);
    }

    // No loop of reads and writes for file systems without copy_file_range: within one file system the kernel falls back to
    // splicing by itself (fs/read_write.c, since Linux 5.19).
    private static async ReactorTask<IoResult> CopyFully(int source, long sourceOffset, int target, long targetOffset, long length)
    {
        var done = 0L;
        while (done < length)
        {
            var copied = await CoreReactor.Current.BlockingCalls.Run<CopyRangeCall, IoResult>(
                new CopyRangeCall(source, sourceOffset + done, target, targetOffset + done, Math.Min(CopyChunk, length - done)));
            if (!copied.Succeeded) return done > 0 ? IoResult.FromValue(done) : copied;
            if (copied.LongValue == 0) break;
            done += copied.LongValue;
        }
        return IoResult.FromValue(done);
    }
}
