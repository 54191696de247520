using Xunit.Runner.InProc.SystemConsole;

namespace ByteFuse.Keeping.Tests;

/// <summary>Runs the tests, or is one of the processes that a keeper starts in them.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments) => arguments switch
    {
        ["child", var script, var folder] => KeptChild.Run(script, folder),
        [EntryFiller.Command, .. var rest] => EntryFiller.Run(rest),
        ["keeper", .. var mounts] => RunKeeper(mounts),
        ["daemon", var started, var serving, .. var mounts] => KeptDaemon.Run(started, serving, mounts),
        _ => await ConsoleRunner.Run(arguments),
    };

    private static int RunKeeper(string[] mounts)
    {
        var policy = new RestartPolicy { LongestDelay = TimeSpan.FromMilliseconds(20) };
        var log = new Log(StreamLogSink.StandardError);
        using var manager = ServiceManager.Find(log);
        using var keeper = new Keeper(Environment.ProcessPath!, ["daemon", .. mounts], policy, log) { Manager = manager };
        return keeper.Run();
    }
}
