namespace ByteFuse.Daemon.Tests;

public class LogTests
{
    private readonly List<string> lines = [];
    private readonly ManualTime time = new();

    private Log NewLog() => new(new ListSink(lines), time);

    [Fact]
    public void Fields_are_quoted_only_where_they_must_be()
    {
        NewLog().Warning("event", ("plain", 5), ("text", "two words"), ("quote", "a\"b\\c\nd"), ("empty", ""), ("none", null));
        Assert.Equal(["Warning event plain=5 text=\"two words\" quote=\"a\\\"b\\\\c\\nd\" empty=\"\" none=\"\""], lines);
    }

    [Fact]
    public void One_event_cannot_fill_the_log_nor_hide_another()
    {
        var log = NewLog();
        for (var i = 0; i < 1000; i++) log.Error("loud", ("i", i));
        log.Error("quiet");
        Assert.Equal(Log.LinesPerWindow + 1, lines.Count);
        Assert.Equal("Error quiet", lines[^1]);
        time.Advance(Log.Window);
        log.Error("loud", ("i", 1000));
        Assert.Equal($"Error loud i=1000 suppressed={1000 - Log.LinesPerWindow}", lines[^1]);
    }

    private sealed class ListSink(List<string> lines) : ILogSink
    {
        public void Write(LogLevel level, string line) => lines.Add($"{level} {line}");
    }

    private sealed class ManualTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(TimeSpan by) => ticks += by.Ticks;
    }
}
