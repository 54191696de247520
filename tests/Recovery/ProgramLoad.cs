using ByteFuse.Testing;

namespace ByteFuse.Recovery;

/// <summary>A program that checks its own results and says by its exit code whether all was well.</summary>
internal sealed class ProgramLoad(string name, Func<Place, (string Program, string[] Arguments)> command) : Load(name)
{
    // Far more than a run takes beside all other loads: what has not ended by then hangs.
    private const int Seconds = 400;

    protected override string? RunOnce(Place place, CancellationToken stop)
    {
        var (program, arguments) = command(place);
        var result = Command.Run(program, arguments, Seconds);
        return result.ExitCode == 0 ? null : $"run {place.Run}, exit code {result.ExitCode} of {program} {string.Join(' ', arguments)}\n{Last(result.Output)}{Last(result.Error)}";
    }

    private static string Last(string text) => text.Length <= 4000 ? text : "..." + text[^4000..];
}
