using System.CommandLine;
using ByteFuse.Daemon;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Cli;

/// <summary>bytefuse daemon.</summary>
internal static class DaemonCommand
{
    private const int MaximumIdleTimeout = 7 * 86400;

    public static Command Create()
    {
        var foreground = new Option<bool>("--foreground", "-f") { Description = "Serve in this process, log to stderr; end it with SIGTERM or Ctrl-C." };
        var reactors = new Option<int?>("--reactors") { Description = "Threads that serve requests (default: one per CPU, at most 16).", HelpName = "N" };
        var busyPoll = new Option<int>("--busy-poll") { Description = "Microseconds for which a reactor looks for work before it sleeps.", HelpName = "N" };
        var giveWay = new Option<string>("--give-way") { Description = "auto (default), or off: reactors never run behind those they serve.", HelpName = "WHEN" };
        var sandbox = new Option<string>("--sandbox") { Description = "on (default), or off: the daemon keeps all capabilities and system calls.", HelpName = "WHEN" };
        var uringMemory = new Option<string?>("--uring-memory") { Description = "Bytes for io_uring's entries of all mounts (default 1G).", HelpName = "BYTES" };
        var logFile = new Option<string?>("--log-file") { Description = "Log to this file.", HelpName = "FILE" };
        var idle = new Option<int?>("--idle-timeout") { Description = "End after so many seconds without a mount (default: stay).", HelpName = "N" };
        var port = new Option<int?>("--metrics-port") { Description = "Answer /metrics on this port of 127.0.0.1.", HelpName = "N" };
        var noStandby = KeeperCommand.NoStandby();
        var detached = new Option<bool>(Background.ChildOption) { Hidden = true };
        var command = new Command("daemon", "Start the node's daemon, which serves all mounts; `bytefuse mount` does so where none runs.")
        {
            foreground, reactors, busyPoll, giveWay, sandbox, uringMemory, logFile, idle, port, noStandby, detached,
        };
        command.SetAction(parsed =>
        {
            var options = new NodeOptions
            {
                Reactors = parsed.GetValue(reactors) is { } count ? Within("--reactors", count, 1, NodeOptions.MaximumReactors) : null,
                BusyPoll = TimeSpan.FromMicroseconds(Within("--busy-poll", parsed.GetValue(busyPoll), 0, NodeOptions.MaximumBusyPoll)),
                GiveWay = parsed.GetValue(giveWay) is not { } when || (NodeOptions.ReadGiveWay(when) ?? throw new Refusal(ExitCode.Usage, $"--give-way {when}: auto or off is needed")),
                Sandbox = parsed.GetValue(sandbox) is not { } whether || (NodeOptions.ReadSandbox(whether) ?? throw new Refusal(ExitCode.Usage, $"--sandbox {whether}: on or off is needed")),
                UringMemory = Bytes(parsed.GetValue(uringMemory)),
                LogFile = parsed.GetValue(logFile) is { Length: > 0 } file ? Path.GetFullPath(file) : null,
                IdleTimeout = parsed.GetValue(idle) is { } seconds ? TimeSpan.FromSeconds(Within("--idle-timeout", seconds, 0, MaximumIdleTimeout)) : null,
                MetricsPort = parsed.GetValue(port) is { } number ? Within("--metrics-port", number, 1, 65535) : null,
            };
            if (options.MetricsPort is { } wanted && options.Sandbox && wanted < Sandbox.FirstPort)
                throw new Refusal(ExitCode.Usage, $"--metrics-port {wanted}: a port below {Sandbox.FirstPort} needs --sandbox off");
            if (options.Sandbox && (parsed.GetValue(detached) || parsed.GetValue(foreground))) Sandbox.Enter();
            if (parsed.GetValue(detached)) return (int)Background.Serve(options);
            if (parsed.GetValue(foreground)) return (int)Serve(options);
            Background.Start(options, standsBy: !parsed.GetValue(noStandby));
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static ExitCode Serve(NodeOptions options) => NodeDaemon.Run(options, new Log(StreamLogSink.Foreground(options.LogFile)), () => { }, Background.StartKeeper);

    private static int Within(string name, int number, int minimum, int maximum) =>
        number >= minimum && number <= maximum ? number : throw new Refusal(ExitCode.Usage, $"{name} {number}: a number from {minimum} to {maximum} is needed");

    private static long Bytes(string? text)
    {
        if (text is null) return NodeOptions.DefaultUringMemory;
        if (ByteCount.TryParse(text, unit: 1, out var bytes) && bytes is >= 0 and <= 2 * UringLimits.MaximumMemory) return bytes;
        throw new Refusal(ExitCode.Usage, $"--uring-memory {text}: a number of bytes, at most {ByteCount.Format(2 * UringLimits.MaximumMemory)}, is needed");
    }
}
