using System.Diagnostics;
using System.Globalization;
using System.Text;
using ByteFuse.Daemon;
using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>
/// The node's daemon in the background, below a keeper in a session of its own: this program started twice. The daemon says "ready" on
/// its stdout when it answers. Until then its stderr is ours; a runtime with threads cannot fork.
/// </summary>
internal static class Background
{
    /// <summary>Tells the child that it is one.</summary>
    public const string ChildOption = "--detached-child";

    private const string Ready = "ready";

    // A log in /run is in memory: bounded, and only where neither a syslog nor a log file takes the lines.
    private const long MaximumRunLog = 1 << 20;

    /// <summary>Starts the node's daemon and returns when it answers; its refusal is ours, "busy" where there is one already.</summary>
    /// <param name="options">The daemon's.</param>
    /// <param name="standsBy">Whether a process is to stand by to become the daemon when it dies.</param>
    public static void Start(NodeOptions options, bool standsBy = true)
    {
        // Inherited by both, from their first thread on.
        if (options.Sandbox && Sandbox.Limit() is var error && error != Errno.None)
            throw new Refusal(ExitCode.Failure, $"the sandbox cannot be entered: {error}; --sandbox off does without");
        List<string> keeper = ["keeper", ChildOption];
        if (!standsBy) keeper.Add(KeeperCommand.NoStandbyOption);
        Start(Environment.ProcessPath!, [.. keeper, "--", Environment.ProcessPath!, .. Arguments(options)]);
    }

    /// <summary>Has a keeper of a program go on in the place of the one of the run directory, and returns when it does; its refusal is ours.</summary>
    public static void StartSuccessor(string program) => Start(program, ["keeper", ChildOption, KeeperCommand.FromOption, RunDirectory.KeeperSocket]);

    /// <summary>Starts a keeper for this process, which is a daemon without one, with the socket to it.</summary>
    public static IoResult StartKeeper(int socket, bool standsBy)
    {
        List<string> keeper = ["keeper", ChildOption, KeeperCommand.AdoptOption];
        if (!standsBy) keeper.Add(KeeperCommand.NoStandbyOption);
        var daemon = Environment.GetCommandLineArgs()[1..];
        return ChildProcess.Start(Environment.ProcessPath!, [.. keeper, "--", Environment.ProcessPath!, .. daemon], ChildProcess.InheritedEnvironment(), socket);
    }

    private static void Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var child = Process.Start(start) ?? throw new IOException("the daemon could not be started");
        child.StandardInput.Close();
        var errors = new StringBuilder();
        child.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        child.BeginErrorReadLine();
        // Where it has nobody to tell, its end tells.
        if (child.StandardOutput.ReadLine() == Ready) return;
        child.WaitForExit();
        throw Refused(child.ExitCode, errors.ToString().Trim());
    }

    /// <summary>What the keeper does: it has the run directory's lock, so that nobody comes in between two daemons.</summary>
    public static int Keep(string program, IReadOnlyList<string> arguments, RestartPolicy policy)
    {
        var log = BeginKeeper();
        using var held = NodeLock.Take();
        var keeper = new Keeper(program, arguments, policy, log, () => DetachKeeper(log))
        {
            SocketPath = RunDirectory.KeeperSocket,
            LockDescriptor = held.Descriptor,
        };
        return Run(keeper);
    }

    /// <summary>What a keeper does in the foreground, as a service perhaps.</summary>
    public static int KeepInForeground(string program, IReadOnlyList<string> arguments, RestartPolicy policy)
    {
        RunDirectory.Prepare();
        var log = new Log(StreamLogSink.Foreground(null));
        using var manager = ServiceManager.Find(log);
        // An earlier keeper of the service left its lock, or there was none.
        using var held = NodeLock.TryInherit(manager) ?? NodeLock.Take();
        var keeper = new Keeper(program, arguments, policy, log)
        {
            SocketPath = RunDirectory.KeeperSocket,
            LockDescriptor = held.Descriptor,
            Manager = manager,
        };
        return Run(keeper);
    }

    /// <summary>What a keeper does that a daemon started: it goes on in the place of one that was killed.</summary>
    public static int Adopt(string program, IReadOnlyList<string> arguments, RestartPolicy policy)
    {
        var log = BeginKeeper();
        DetachKeeper(log);
        FileCalls.SetCloseOnExec(ChildProcess.GivenDescriptor, true);
        var keeper = new Keeper(program, arguments, policy, log) { SocketPath = RunDirectory.KeeperSocket };
        keeper.Adopt(ChildProcess.GivenDescriptor);
        return Run(keeper);
    }

    /// <summary>What a keeper does in the foreground that goes on in the place of another one.</summary>
    public static int SucceedInForeground(string path, RestartPolicy policy) => Run(Keeper.Succeed(path, policy, new Log(StreamLogSink.Foreground(null))));

    /// <summary>What a keeper does that goes on in the place of another one.</summary>
    public static int Succeed(string path, RestartPolicy policy)
    {
        var log = BeginKeeper();
        var keeper = Keeper.Succeed(path, policy, log);
        Console.Out.WriteLine(Ready);
        Console.Out.Flush();
        DetachKeeper(log);
        return Run(keeper);
    }

    // What stood by ends with it, wherever that was.
    private static int Run(Keeper keeper)
    {
        var code = keeper.Run();
        keeper.Dispose();
        if (!keeper.HandedOver) RunDirectory.RemoveRehearsal();
        return code;
    }

    private static Log BeginKeeper()
    {
        ProcessCalls.StartSession();
        RunDirectory.Prepare();
        Directory.SetCurrentDirectory("/");
        return new Log(StreamLogSink.StandardError);
    }

    /// <summary>What the daemon does.</summary>
    public static ExitCode Serve(NodeOptions options)
    {
        var log = new Log(StreamLogSink.StandardError);
        return NodeDaemon.Run(options, log, () => Detach(options, log), StartKeeper);
    }

    private static List<string> Arguments(NodeOptions options)
    {
        List<string> arguments = ["daemon", ChildOption, "--uring-memory", Text(options.UringMemory), "--busy-poll", Text((long)options.BusyPoll.TotalMicroseconds)];
        if (!options.GiveWay) arguments.AddRange(["--give-way", "off"]);
        if (!options.Sandbox) arguments.AddRange(["--sandbox", "off"]);
        if (options.Reactors is { } reactors) arguments.AddRange(["--reactors", Text(reactors)]);
        if (options.LogFile is { } file) arguments.AddRange(["--log-file", file]);
        if (options.IdleTimeout is { } patience) arguments.AddRange(["--idle-timeout", Text((long)patience.TotalSeconds)]);
        if (options.MetricsPort is { } port) arguments.AddRange(["--metrics-port", Text(port)]);
        return arguments;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static Refusal Refused(int exitCode, string errors)
    {
        var code = Enum.IsDefined((ExitCode)exitCode) && exitCode != 0 ? (ExitCode)exitCode : ExitCode.Failure;
        var line = errors.Split('\n').LastOrDefault(text => text.StartsWith("bytefuse: ", StringComparison.Ordinal));
        return new Refusal(code, line?["bytefuse: ".Length..] ?? $"the daemon ended with exit code {exitCode}: {errors}");
    }

    // The first daemon has what it needs to say that it is ready; later ones have nobody to tell.
    private static void DetachKeeper(Log log)
    {
        LeaveTerminal(RunDirectory.KeeperLogFile);
        // What daemons say before they have a log of their own goes to the same file: each line behind the others.
        log.Redirect(SyslogSink.TryOpen() ?? (ILogSink)new StreamLogSink(Console.OpenStandardError(), MaximumRunLog));
    }

    private static void Detach(NodeOptions options, Log log)
    {
        // A crash still prints to descriptor 2, so that it is the log file where there is one.
        var file = options.LogFile ?? RunDirectory.LogFile;
        // The earlier daemon's may say why it died; the bound is for each.
        if (options.LogFile is null && File.Exists(file)) File.Move(file, file + ".old", overwrite: true);
        log.Redirect(options.LogFile is null ? SyslogSink.TryOpen() ?? (ILogSink)StreamLogSink.File(file, MaximumRunLog) : StreamLogSink.File(file));
        Console.Out.WriteLine(Ready);
        Console.Out.Flush();
        LeaveTerminal(file);
    }

    // What a crash prints goes to the file.
    private static void LeaveTerminal(string file)
    {
        Replace("/dev/null", OpenFlags.ReadWrite, 0, 1);
        Replace(file, OpenFlags.WriteOnly | OpenFlags.Append | OpenFlags.Create, 2);
    }

    private static void Replace(string path, int flags, params ReadOnlySpan<int> descriptors)
    {
        var opened = FileCalls.Open(path, flags, 0x180);
        if (!opened.Succeeded) throw new Refusal(ExitCode.Failure, $"{path}: {opened.Error}");
        foreach (var descriptor in descriptors) FileCalls.Replace(opened.Value, descriptor);
        FileCalls.Close(opened.Value);
    }
}
