namespace ByteFuse.Daemon;

/// <summary>How much a log line matters, with syslog's numbers.</summary>
public enum LogLevel
{
    Error = 3,
    Warning = 4,
    Information = 6,
}
