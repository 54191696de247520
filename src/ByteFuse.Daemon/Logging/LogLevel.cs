namespace ByteFuse.Daemon;

/// <summary>How much a log line matters, with syslog's numbers.</summary>
public enum LogLevel
{
    Error = 3,
    Warning = 4,
    Information = 6,
}

/// <summary>Levels as people write them.</summary>
public static class LogLevelText
{
    /// <summary>error, warning or information.</summary>
    public static string ToText(this LogLevel level) => level switch
    {
        LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        _ => "information",
    };

    /// <summary>Reads what <see cref="ToText"/> writes; null where it is something else.</summary>
    public static LogLevel? Parse(string? text) => text switch
    {
        "error" => LogLevel.Error,
        "warning" => LogLevel.Warning,
        "information" => LogLevel.Information,
        _ => null,
    };
}
