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
        Assert.Equal([$"Error suppressed event=loud lines={1000 - Log.LinesPerWindow}", "Error loud i=1000"], lines[^2..]);
    }

    [Fact]
    public void What_was_left_out_is_said_although_the_event_does_not_come_again()
    {
        var log = NewLog();
        for (var i = 0; i < 100; i++) log.Warning("loud", ("mount_point", "/a"), ("i", i));
        log.TellSuppressed();
        Assert.Equal(Log.LinesPerWindow, lines.Count);
        time.Advance(Log.Window);
        log.TellSuppressed();
        Assert.Equal($"Warning suppressed event=loud mount_point=/a lines={100 - Log.LinesPerWindow}", lines[^1]);
        log.TellSuppressed();
        Assert.Equal(Log.LinesPerWindow + 1, lines.Count);
    }

    [Fact]
    public void One_mount_cannot_hide_the_same_event_of_another()
    {
        var log = NewLog();
        for (var i = 0; i < 100; i++) log.Error("fault", ("mount_point", "/a"));
        log.Error("fault", ("mount_point", "/b"));
        Assert.Equal("Error fault mount_point=/b", lines[^1]);
    }

    [Fact]
    public void Events_are_bounded_and_forgotten()
    {
        var log = NewLog();
        for (var i = 0; i < 2 * Log.MaximumEvents; i++) log.Error("fault", ("mount_point", $"/{i}"));
        Assert.Equal(Log.MaximumEvents, lines.Count);
        time.Advance(Log.Window);
        log.Error("fault", ("mount_point", "/new"));
        Assert.Equal("Error fault mount_point=/new", lines[^1]);
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
