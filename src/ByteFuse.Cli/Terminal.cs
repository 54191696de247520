using Spectre.Console;

namespace ByteFuse.Cli;

/// <summary>Where tables go: as wide as they need to be, and without colours, where nobody looks at a screen.</summary>
internal static class Terminal
{
    private const int UnboundedWidth = 1000;

    /// <summary>stdout.</summary>
    public static IAnsiConsole Output { get; } = Create();

    private static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected) return AnsiConsole.Console;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = UnboundedWidth;
        return console;
    }
}
