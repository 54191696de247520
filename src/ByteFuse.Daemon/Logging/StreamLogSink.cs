using System.Globalization;
using System.Text;

namespace ByteFuse.Daemon;

/// <summary>Lines with a time stamp, into a stream: stderr, or a log file. After the bound, nothing more is written.</summary>
public sealed class StreamLogSink(Stream stream, long maximumLength = long.MaxValue) : ILogSink
{
    private long length;

    /// <summary>stderr.</summary>
    public static StreamLogSink StandardError { get; } = new(Console.OpenStandardError());

    /// <summary>Where a process in the foreground logs: to a file, or where none was named to stderr, which may be the journal.</summary>
    public static ILogSink Foreground(string? path) => path is not null ? File(path) : JournalStreamSink.TryOpen() ?? (ILogSink)StandardError;

    /// <summary>Appends to a file, which the owner alone may read: lines name files.</summary>
    public static StreamLogSink File(string path, long maximumLength = long.MaxValue)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            BufferSize = 0,
        };
        return new StreamLogSink(new FileStream(path, options), maximumLength);
    }

    public void Write(LogLevel level, string line)
    {
        var stamp = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var bytes = Encoding.UTF8.GetBytes($"{stamp} {Name(level)} {line}\n");
        if (length > maximumLength - bytes.Length) return;
        length += bytes.Length;
        try
        {
            stream.Write(bytes);
        }
        catch (IOException)
        {
            // The terminal is closed or the disk is full: a line less must not end the daemon.
        }
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Error => "ERROR",
        LogLevel.Warning => "WARN",
        _ => "INFO",
    };
}
