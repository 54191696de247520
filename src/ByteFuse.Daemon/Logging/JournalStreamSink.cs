using System.Globalization;
using System.Text;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// Lines on a stderr that systemd-journald reads: it has the time by itself, and takes the priority from the prefix (sd-daemon(3)).
/// </summary>
public sealed class JournalStreamSink : ILogSink
{
    /// <summary>Names device and inode of the stream that a service manager has connected to the journal (systemd.exec(5)).</summary>
    public const string Variable = "JOURNAL_STREAM";

    private const int StandardError = 2;

    private readonly Stream stream;

    private JournalStreamSink(Stream stream) => this.stream = stream;

    /// <summary>Null where stderr is something else.</summary>
    public static JournalStreamSink? TryOpen()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } named) return null;
        // A program that was started with another stderr has the variable still.
        var error = FileCalls.GetStatus(StandardError, out var status);
        return error == Errno.None && Names(named, status) ? new JournalStreamSink(Console.OpenStandardError()) : null;
    }

    public void Write(LogLevel level, string line)
    {
        try
        {
            stream.Write(Encoding.UTF8.GetBytes($"<{(int)level}>{line}\n"));
        }
        catch (IOException)
        {
            // journald restarts: a line less must not end the daemon.
        }
    }

    private static bool Names(string text, in FileStatus status)
    {
        var numbers = text.Split(':');
        // Pipes, sockets and files in memory are on devices whose numbers are small: there st_dev is the kernel's encoding.
        return numbers.Length == 2
            && ulong.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var device) && device == status.Device
            && ulong.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var inode) && inode == status.Inode;
    }
}
