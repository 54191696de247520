using Spectre.Console;

namespace ByteFuse.Cli;

/// <summary>Where tables go: as wide as they need to be, and without colours, where nobody looks at a screen.</summary>
internal static class Terminal
{
    private const int UnboundedWidth = 1000;

    /// <summary>stdout.</summary>
    public static IAnsiConsole Output { get; } = Create();

    /// <summary>One line on stderr.</summary>
    public static void Warn(string line) => Console.Error.WriteLine("bytefuse: " + line.ReplaceLineEndings(" "));

    /// <summary>Runs what tells a growing number, and shows that on stderr where somebody looks at it.</summary>
    public static T CountUp<T>(string what, Func<Action<long>, T> work)
    {
        if (Console.IsErrorRedirected) return work(_ => { });
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return terminal.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new SpinnerColumn()).Start(progress =>
        {
            var task = progress.AddTask(what).IsIndeterminate();
            return work(count => task.Description = $"{count:N0} {what}");
        });
    }

    private static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected) return AnsiConsole.Console;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = UnboundedWidth;
        return console;
    }
}
