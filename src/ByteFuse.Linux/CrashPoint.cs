namespace ByteFuse.Linux;

/// <summary>
/// Places inside operations at which tests kill this process: BYTEFUSE_CRASH_AT=NAME:N is the n-th pass of the named place.
/// Without the variable the question is a constant false to the JIT compiler, which then leaves the places out.
/// </summary>
public static class CrashPoint
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "BYTEFUSE_CRASH_AT";

    /// <summary>A change is complete in memory and its commit has not begun.</summary>
    public const string BeforeCommit = "before-commit";

    /// <summary>The commit has been made and the request is not answered.</summary>
    public const string AfterCommit = "after-commit";

    /// <summary>Data has been written, and its done-word has not.</summary>
    public const string AfterData = "after-data";

    /// <summary>Everything has been recorded and the request is not answered.</summary>
    public const string BeforeAnswer = "before-answer";

    /// <summary>The kernel has been given a file, and nobody has noted its number.</summary>
    public const string AfterBackingOpen = "after-backing-open";

    /// <summary>An open has been noted, and is not answered.</summary>
    public const string AfterOpen = "after-open";

    /// <summary>A reply is complete in an entry of io_uring, and the kernel has not been told.</summary>
    public const string BeforeCommitAndFetch = "before-commit-and-fetch";

    /// <summary>A successor has asked the kernel for the requests of the dead, and has read none.</summary>
    public const string AfterResend = "after-resend";

    private static readonly (string Name, int Pass)? Wanted = Parse(Environment.GetEnvironmentVariable(Variable));
    private static readonly bool Armed = Wanted is not null;
    private static int passes;

    /// <summary>A place: ends the process as kill -9 does, if it is the one.</summary>
    public static void Pass(string name)
    {
        if (Armed && name == Wanted!.Value.Name && Interlocked.Increment(ref passes) == Wanted.Value.Pass)
            ProcessCalls.Kill(Environment.ProcessId, ProcessCalls.SignalKill);
    }

    private static (string, int)? Parse(string? variable) =>
        variable?.Split(':') is [var name, var number] && int.TryParse(number, out var pass) ? (name, pass) : null;
}
