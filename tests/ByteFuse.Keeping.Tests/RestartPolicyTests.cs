namespace ByteFuse.Keeping.Tests;

public sealed class RestartPolicyTests
{
    private static readonly ChildEnd Killed = new(false, 9);
    private static readonly ChildEnd Failed = new(true, 1);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public void An_orderly_end_is_the_end_unless_mounts_are_left()
    {
        Assert.Null(new RestartPolicy().Ended(new ChildEnd(true, 0), default, Long, 0));
        Assert.Equal(TimeSpan.Zero, new RestartPolicy().Ended(new ChildEnd(true, 0), default, Long, 1));
    }

    [Fact]
    public void Some_ends_in_a_row_are_not_waited_for_then_waits_grow_up_to_a_bound()
    {
        var policy = Policy();
        double?[] waits = [.. Enumerable.Range(0, 7).Select(_ => policy.Ended(Killed, default, Short, 1)?.TotalMilliseconds)];
        Assert.Equal([0, 0, 0, 50, 100, 150, 150], waits);
        // No overflow, however long it goes on.
        for (var i = 0; i < 1000; i++) policy.Ended(Killed, default, Short, 1);
        Assert.Equal(TimeSpan.FromMilliseconds(150), policy.Ended(Killed, default, Short, 1));
        // And it is forgotten by a daemon that ran for long.
        Assert.Equal(TimeSpan.Zero, policy.Ended(Killed, default, Long, 1));
    }

    [Fact]
    public void Daemons_that_run_for_a_while_can_be_killed_for_ever_without_a_wait()
    {
        var policy = Policy();
        for (var i = 0; i < 100; i++) Assert.Equal(TimeSpan.Zero, policy.Ended(Killed, default, policy.Forgetting, 1));
        for (var i = 0; i < 2; i++) Assert.Equal(TimeSpan.Zero, policy.Ended(Killed, default, Short, 1));
        Assert.NotEqual(TimeSpan.Zero, policy.Ended(Killed, default, Short, 1));
    }

    [Fact]
    public void A_daemon_that_cannot_start_is_given_up_only_without_mounts()
    {
        var policy = new RestartPolicy { FailuresWithoutMounts = 3 };
        Assert.NotNull(policy.Ended(Killed, default, Short, 0));
        Assert.NotNull(policy.Ended(Killed, default, Short, 0));
        Assert.Null(policy.Ended(Killed, default, Short, 0));
        Assert.NotNull(policy.Ended(Killed, default, Short, 1));
    }

    [Fact]
    public void A_daemon_that_ends_by_itself_without_mounts_has_said_why_and_is_not_started_again()
    {
        Assert.Null(new RestartPolicy().Ended(Failed, default, Long, 0));
        Assert.Equal(TimeSpan.Zero, new RestartPolicy().Ended(Failed, default, Long, 1));
    }

    [Fact]
    public void The_latest_ends_are_remembered_with_their_reasons()
    {
        var policy = new RestartPolicy();
        for (var i = 0; i < RestartPolicy.Remembered; i++) policy.Ended(Failed, default, Long, 1);
        policy.Ended(Killed, default, Long, 1);
        Assert.Equal(RestartPolicy.Remembered, policy.Restarts.Count);
        Assert.Equal(("exit code 1", "signal 9"), (policy.Restarts[0].Reason, policy.Restarts[^1].Reason));
    }

    private static RestartPolicy Policy() => new()
    {
        PromptRestarts = 3,
        FirstDelay = TimeSpan.FromMilliseconds(50),
        LongestDelay = TimeSpan.FromMilliseconds(150),
    };
}
