using ByteFuse.Testing;

namespace ByteFuse.Keeping.Tests;

/// <summary>A keeper and its children, without a mount.</summary>
public sealed class KeeperTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void A_child_that_is_killed_is_started_again_and_gets_everything_back()
    {
        Assert.Equal(0, Run("dies-once"));
        Assert.Equal(["0 ", "1 signal 9"], File.ReadAllLines(scratch["started"]));
        var taken = File.ReadAllText(scratch["taken"]);
        Assert.Contains($"Connection = {KeptChild.Connection}, Url = file:///v, MountPoint = /m, Options = ro, RootInode = 1, Transport = classic", taken);
        Assert.EndsWith("42 memory", taken);
    }

    [Fact]
    public void The_one_that_stands_by_becomes_the_daemon()
    {
        Assert.Equal(0, Run("stood-for"));
        Assert.Equal(["0 ", "1 signal 9"], File.ReadAllLines(scratch["started"]));
        Assert.Equal(File.ReadAllText(scratch["standing"]), File.ReadAllText(scratch["pid1"]));
        Assert.EndsWith("42 memory", File.ReadAllText(scratch["taken"]));
    }

    [Fact]
    public void A_program_that_does_not_get_ready_costs_nothing_and_one_that_fails_later_is_followed_by_the_one_before()
    {
        File.WriteAllText(scratch["fails"], $"#!/bin/sh\nFAILS=1 exec '{Environment.ProcessPath}' \"$@\"\n");
        File.SetUnixFileMode(scratch["fails"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(0, Run("upgrades"));
        Assert.Contains("exit code 1", File.ReadAllText(scratch["problem"]));
        var upgraded = KeeperRestart.UpgradeTo(scratch["fails"]);
        Assert.Equal(
            ["0 ", $"1 {upgraded}", $"2 {upgraded},exit code 7, not serving yet, of {scratch["fails"]}"],
            File.ReadAllLines(scratch["started"]));
        Assert.EndsWith("42 memory", File.ReadAllText(scratch["taken"]));
    }

    [Fact]
    public void A_child_that_cannot_start_ends_the_keeper_with_its_exit_code()
    {
        Assert.Equal(3, Run("fails"));
        Assert.Single(File.ReadAllLines(scratch["started"]));
    }

    [Fact]
    public void What_cannot_be_executed_ends_the_keeper()
    {
        using var keeper = new Keeper("/does/not/exist", [], new RestartPolicy(), new Log(new StreamLogSink(Stream.Null)));
        Assert.Equal(1, keeper.Run());
    }

    /// <summary>Hazard 15: a successor gets nothing while I/O of the dead one may be running.</summary>
    [Fact]
    public void Nothing_is_given_out_before_the_dead_ones_io_has_ended()
    {
        Assert.Equal(0, Sys.Mkfifo(scratch["gate"], 0x180));
        using var running = Start("leaves-io");
        AwaitFile("asking");
        // Long enough for an answer that did not wait: one that came later still would not fail a sound keeper.
        Thread.Sleep(200);
        Assert.False(File.Exists(scratch["taken"]));
        File.WriteAllText(scratch["gate"], "go\n");
        Assert.Equal(0, running.Join());
        Assert.True(File.Exists(scratch["taken"]));
    }

    [Fact]
    public void Stopping_a_keeper_ends_its_child_in_an_orderly_way()
    {
        using var running = Start("waits");
        AwaitFile("waiting");
        running.Stop();
        Assert.Equal(0, running.Join());
        Assert.True(File.Exists(scratch["orderly"]));
        Assert.Single(File.ReadAllLines(scratch["started"]));
    }

    private int Run(string script)
    {
        using var running = Start(script);
        return running.Join();
    }

    private RunningKeeper Start(string script) =>
        new(["child", script, scratch.Path], new RestartPolicy { LongestDelay = TimeSpan.FromMilliseconds(50), StandbyDelay = TimeSpan.Zero }, Stream.Null);

    private void AwaitFile(string name) => Assert.True(SpinWait.SpinUntil(() => File.Exists(scratch[name]), Patience), $"{name} did not come");
}
