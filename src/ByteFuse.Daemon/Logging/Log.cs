using System.Text;

namespace ByteFuse.Daemon;

/// <summary>
/// One-line records: an event's name and fields, as key=value. Each event of each mount has a rate limit of its own, so that a fault
/// which repeats with every request neither fills a disk nor hides the others; how many lines were left out is said afterwards
/// (<see cref="TellSuppressed"/>). For cold paths; callable from any thread.
/// </summary>
public sealed class Log(ILogSink sink, TimeProvider? time = null)
{
    /// <summary>Lines of one event and mount within <see cref="Window"/>; more are counted, and the number is told.</summary>
    public const int LinesPerWindow = 10;

    /// <summary>Distinct events and mounts within a window; lines of more are left out.</summary>
    public const int MaximumEvents = 1024;

    // The field that tells one source of an event from others.
    private const string Key = "mount_point";

    /// <summary>The time over which <see cref="LinesPerWindow"/> counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly Lock gate = new();
    private readonly Dictionary<(string Name, string Key), Rate> rates = [];
    private ILogSink sink = sink;

    /// <summary>The least important lines that are written.</summary>
    public LogLevel Level { get; set; } = LogLevel.Information;

    /// <summary>What goes as planned.</summary>
    public void Information(string name, params ReadOnlySpan<LogField> fields) => Write(LogLevel.Information, name, fields);

    /// <summary>What somebody should look at some day.</summary>
    public void Warning(string name, params ReadOnlySpan<LogField> fields) => Write(LogLevel.Warning, name, fields);

    /// <summary>What must not happen.</summary>
    public void Error(string name, params ReadOnlySpan<LogField> fields) => Write(LogLevel.Error, name, fields);

    /// <summary>Sends later lines elsewhere: a daemon that has gone to the background has no stderr.</summary>
    public void Redirect(ILogSink other)
    {
        lock (gate) sink = other;
    }

    /// <summary>Says of events that have come to an end how many of their lines were left out, and forgets them. From time to time.</summary>
    public void TellSuppressed()
    {
        lock (gate) EndWindows(time.GetTimestamp());
    }

    private void Write(LogLevel level, string name, ReadOnlySpan<LogField> fields)
    {
        if (level > Level) return;
        lock (gate)
        {
            if (Passes(level, (name, KeyOf(fields)))) WriteLine(level, name, fields);
        }
    }

    private void WriteLine(LogLevel level, string name, params ReadOnlySpan<LogField> fields)
    {
        var line = new StringBuilder(name);
        foreach (var field in fields) field.AppendTo(line);
        sink.Write(level, line.ToString());
    }

    private bool Passes(LogLevel level, (string Name, string Key) source)
    {
        var now = time.GetTimestamp();
        if (rates.TryGetValue(source, out var known) && time.GetElapsedTime(known.Start, now) >= Window) EndWindows(now);
        if (!rates.TryGetValue(source, out var rate))
        {
            if (rates.Count == MaximumEvents) EndWindows(now);
            if (rates.Count == MaximumEvents) return false;
            rate = new Rate(level, now, 0, 0);
        }
        var passes = rate.Lines < LinesPerWindow;
        rates[source] = passes ? rate with { Lines = rate.Lines + 1 } : rate with { Suppressed = rate.Suppressed + 1 };
        return passes;
    }

    private void EndWindows(long now)
    {
        foreach (var (source, rate) in rates)
        {
            if (time.GetElapsedTime(rate.Start, now) < Window) continue;
            // The enumeration of a dictionary allows to remove (since .NET Core 3.0).
            rates.Remove(source);
            if (rate.Suppressed == 0) continue;
            LogField lines = ("lines", rate.Suppressed), name = ("event", source.Name);
            if (source.Key.Length > 0) WriteLine(rate.Level, "suppressed", name, (Key, source.Key), lines);
            else WriteLine(rate.Level, "suppressed", name, lines);
        }
    }

    private static string KeyOf(ReadOnlySpan<LogField> fields)
    {
        foreach (var field in fields)
        {
            if (field.Name == Key) return field.Value?.ToString() ?? "";
        }
        return "";
    }

    private readonly record struct Rate(LogLevel Level, long Start, int Lines, long Suppressed);
}

/// <summary>One field of a record.</summary>
/// <param name="Name">A plain word.</param>
/// <param name="Value">Any text; quoted and escaped where it holds more than a word.</param>
public readonly record struct LogField(string Name, object? Value)
{
    public static implicit operator LogField((string Name, object? Value) field) => new(field.Name, field.Value);

    internal void AppendTo(StringBuilder line)
    {
        var text = Convert.ToString(Value, System.Globalization.CultureInfo.InvariantCulture) ?? "";
        line.Append(' ').Append(Name).Append('=');
        if (text.Length > 0 && !text.AsSpan().ContainsAny(" \"\\=\n\r\t"))
        {
            line.Append(text);
            return;
        }
        line.Append('"').Append(text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\r", "\\r")).Append('"');
    }
}
