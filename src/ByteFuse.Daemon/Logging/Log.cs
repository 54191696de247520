using System.Text;

namespace ByteFuse.Daemon;

/// <summary>
/// One-line records: an event's name and fields, as key=value. Each event has a rate limit of its own, so that a fault which
/// repeats with every request neither fills a disk nor hides the others. For cold paths; callable from any thread.
/// </summary>
public sealed class Log(ILogSink sink, TimeProvider? time = null)
{
    /// <summary>Lines of one event within <see cref="Window"/>; more are counted, and told with the next line.</summary>
    public const int LinesPerWindow = 10;

    /// <summary>Distinct events; they are named in the code, so that more than a few dozen would be a fault there.</summary>
    private const int MaximumEvents = 256;

    /// <summary>The time over which <see cref="LinesPerWindow"/> counts.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Rate> rates = [];
    private ILogSink sink = sink;

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

    private void Write(LogLevel level, string name, ReadOnlySpan<LogField> fields)
    {
        lock (gate)
        {
            if (!Passes(name, out var suppressed)) return;
            var line = new StringBuilder(name);
            foreach (var field in fields) field.AppendTo(line);
            if (suppressed > 0) new LogField("suppressed", suppressed).AppendTo(line);
            sink.Write(level, line.ToString());
        }
    }

    private bool Passes(string name, out long suppressed)
    {
        suppressed = 0;
        var now = time.GetTimestamp();
        if (!rates.TryGetValue(name, out var rate))
        {
            if (rates.Count == MaximumEvents) return false;
            rate = new Rate(now, 0, 0);
        }
        if (time.GetElapsedTime(rate.Start, now) >= Window)
        {
            suppressed = rate.Suppressed;
            rate = new Rate(now, 0, 0);
        }
        var passes = rate.Lines < LinesPerWindow;
        rates[name] = passes ? rate with { Lines = rate.Lines + 1 } : rate with { Suppressed = rate.Suppressed + 1 };
        return passes;
    }

    private readonly record struct Rate(long Start, int Lines, long Suppressed);
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
