using System.CommandLine;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>bytefuse keeper: holds what outlives a daemon, and keeps one running.</summary>
internal static class KeeperCommand
{
    /// <summary>For those who would rather have its memory.</summary>
    public const string NoStandbyOption = "--no-standby";

    /// <summary>For one that goes on in the place of another.</summary>
    public const string FromOption = "--from";

    /// <summary>For one that a daemon starts whose keeper is gone.</summary>
    public const string AdoptOption = "--adopt";

    public static Command Create()
    {
        var daemon = new Argument<string[]>("PROGRAM")
        {
            Description = "The daemon's program and its arguments, behind --. It is started again when it dies.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var longest = new Option<double>("--longest-delay")
        {
            Description = "Seconds between two starts at most, where a daemon dies again and again.",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => new RestartPolicy().LongestDelay.TotalSeconds,
        };
        var from = new Option<string?>(FromOption)
        {
            Description = "Go on in the place of the keeper that listens on this socket, with its daemon and mounts in use.",
            HelpName = "SOCKET",
        };
        var adopt = new Option<bool>(AdoptOption) { Hidden = true };
        var noStandby = NoStandby();
        var detached = new Option<bool>(Background.ChildOption) { Hidden = true };
        var command = new Command("keeper", "Keep a daemon running, and hold its mounts while it is not.") { daemon, longest, from, noStandby, adopt, detached };
        command.SetAction(parsed =>
        {
            var seconds = parsed.GetValue(longest);
            if (seconds is not (>= 0 and <= 3600)) throw new Refusal(ExitCode.Usage, $"--longest-delay {seconds}: between 0 and 3600 seconds");
            var words = parsed.GetValue(daemon) ?? [];
            var policy = new RestartPolicy { LongestDelay = TimeSpan.FromSeconds(seconds), StandsBy = !parsed.GetValue(noStandby) };
            var isChild = parsed.GetValue(detached);
            if (parsed.GetValue(from) is { Length: > 0 } socket)
            {
                if (words.Length > 0) throw new Refusal(ExitCode.Usage, $"{FromOption}: the daemon's program comes from the other keeper");
                return isChild ? Background.Succeed(Path.GetFullPath(socket), policy) : Background.SucceedInForeground(Path.GetFullPath(socket), policy);
            }
            if (words.Length == 0) throw new Refusal(ExitCode.Usage, "the daemon's program is missing: bytefuse keeper -- PROGRAM");
            if (isChild && parsed.GetValue(adopt)) return Background.Adopt(words[0], words[1..], policy);
            if (isChild) return Background.Keep(words[0], words[1..], policy);
            return Background.KeepInForeground(Path.GetFullPath(words[0]), words[1..], policy);
        });
        return command;
    }

    /// <summary>The option, for each command that has it.</summary>
    public static Option<bool> NoStandby() =>
        new(NoStandbyOption) { Description = "Have no process stand by: saves its memory, and the next daemon takes a second or more longer." };
}
