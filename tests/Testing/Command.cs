using System.Diagnostics;

namespace ByteFuse.Testing;

/// <summary>What a program printed and how it ended.</summary>
public readonly record struct CommandResult(int ExitCode, string Output, string Error);

/// <summary>Runs programs to their end.</summary>
public static class Command
{
    /// <summary>
    /// Runs a program with these arguments. It is killed after <paramref name="timeoutSeconds"/>, which is a
    /// <see cref="TimeoutException"/>.
    /// </summary>
    /// <param name="program">What to run.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="timeoutSeconds">See above.</param>
    /// <param name="input">What it reads from stdin.</param>
    /// <param name="environment">Variables that it gets beside those of this process.</param>
    public static CommandResult Run(
        string program, IEnumerable<string> arguments, int timeoutSeconds = 120, string? input = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {program}");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (input is not null)
            process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(timeoutSeconds)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', start.ArgumentList)}: no end within {timeoutSeconds} s");
        }
        // A daemon started by the program may have inherited its pipes and keep them open: what is there by now is enough.
        Task.WaitAll([output, error], TimeSpan.FromSeconds(2));
        return new CommandResult(
            process.ExitCode,
            output.IsCompletedSuccessfully ? output.Result : "",
            error.IsCompletedSuccessfully ? error.Result : "");
    }

    /// <summary>As <see cref="Run"/>, but an exit code other than 0 is an exception with the program's messages.</summary>
    public static string Check(string program, params string[] arguments)
    {
        CommandResult result = Run(program, arguments);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)}: exit code {result.ExitCode}\n{result.Error}{result.Output}");
        }
        return result.Output;
    }
}
