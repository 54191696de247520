using System.CommandLine;
using System.CommandLine.Help;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>The `bytefuse` command: parses, runs, and turns whatever goes wrong into one line on stderr and an exit code.</summary>
public static class CommandLine
{
    /// <summary>Runs a command line; the exit code of docs/cli.md.</summary>
    public static int Run(string[] arguments)
    {
        try
        {
            // What a daemon starts itself; everybody waits for it.
            if (arguments is [EntryFiller.Command, .. var rest]) return EntryFiller.Run(rest);
            if (arguments is [RehearsalCalls.Command]) return RehearsalCalls.Run();
            // Files named by @ are for build tools; a mount point may begin with @.
            var parsed = CreateRoot().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            // Help and --version answer even when the rest of the line is incomplete.
            if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction and not HelpWithExamples)
                return WrongUsage(parsed, parsed.Errors[0].Message.TrimEnd('.'));
            // The parser takes an option that it does not know for an argument where one may follow.
            if (UnknownOption(parsed, arguments) is { } unknown) return WrongUsage(parsed, $"unknown option {unknown}");
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Refusal refusal)
        {
            return Fail(refusal.Code, refusal.Message);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Fail(ExitCode.Failure, problem.Message);
        }
        catch (Exception fault) when (Environment.GetEnvironmentVariable("BYTEFUSE_DEBUG") is null)
        {
            return Fail(ExitCode.Failure, $"internal error: {fault.GetType().Name}: {fault.Message} (BYTEFUSE_DEBUG=1 shows where)");
        }
    }

    /// <summary>The tree of commands.</summary>
    internal static RootCommand CreateRoot()
    {
        var root = new RootCommand("ByteFUSE: a POSIX file system in user space.");
        root.Subcommands.Add(FormatCommand.Create());
        root.Subcommands.Add(DaemonCommand.Create());
        root.Subcommands.Add(UpgradeCommand.Create());
        root.Subcommands.Add(MountCommand.Create());
        root.Subcommands.Add(UmountCommand.Create());
        root.Subcommands.Add(StatusCommand.Create());
        root.Subcommands.Add(StatsCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        root.Subcommands.Add(InfoCommand.Create());
        root.Subcommands.Add(FsckCommand.Create());
        root.Subcommands.Add(DumpCommand.Create());
        root.Subcommands.Add(LoadCommand.Create());
        root.Subcommands.Add(BenchCommand.Create());
        root.Subcommands.Add(MdtestCommand.Create());
        root.Subcommands.Add(KeeperCommand.Create());
        root.Subcommands.Add(CompletionCommand.Create(root));
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private static string? UnknownOption(ParseResult parsed, string[] arguments) =>
        arguments.Contains("--") ? null : parsed.CommandResult.Tokens.Select(token => token.Value).FirstOrDefault(value => value is ['-', _, ..]);

    private static int WrongUsage(ParseResult parsed, string problem)
    {
        var command = parsed.CommandResult.Command;
        return Fail(ExitCode.Usage, $"{problem} (see {(command is RootCommand ? "bytefuse" : "bytefuse " + command.Name)} --help)");
    }

    private static int Fail(ExitCode code, string message)
    {
        // One line, whatever is in it.
        Console.Error.WriteLine("bytefuse: " + message.ReplaceLineEndings(" "));
        return (int)code;
    }
}
