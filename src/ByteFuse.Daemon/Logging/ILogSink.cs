namespace ByteFuse.Daemon;

/// <summary>Takes finished log lines. Called under the log's lock, one line at a time.</summary>
public interface ILogSink
{
    /// <summary>Takes a line without its end.</summary>
    void Write(LogLevel level, string line);
}
