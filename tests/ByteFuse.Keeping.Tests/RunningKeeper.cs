namespace ByteFuse.Keeping.Tests;

/// <summary>A keeper on a thread of its own.</summary>
internal sealed class RunningKeeper : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Keeper keeper;
    private readonly Thread thread;
    private int code = -1;

    public RunningKeeper(IReadOnlyList<string> arguments, RestartPolicy policy, Stream log)
    {
        keeper = new Keeper(Environment.ProcessPath!, arguments, policy, new Log(new StreamLogSink(log)));
        thread = new Thread(() => code = keeper.Run());
        thread.Start();
    }

    /// <summary>As SIGTERM.</summary>
    public void Stop() => keeper.Stop();

    /// <summary>Waits for its end; its exit code.</summary>
    public int Join()
    {
        Assert.True(thread.Join(Patience), "the keeper does not end");
        return code;
    }

    public void Dispose()
    {
        keeper.Stop();
        thread.Join(Patience);
        keeper.Dispose();
    }
}
