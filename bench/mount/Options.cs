using System.Globalization;

namespace ByteFuse.MountBench;

/// <summary>The command line is wrong; the message says what of it.</summary>
public sealed class UsageException(string message) : Exception(message);

/// <summary>What follows a command: options with their values, each at most once.</summary>
public sealed class Options
{
    private readonly Dictionary<string, string> _values = [];

    /// <param name="arguments">--NAME VALUE, any number of times.</param>
    /// <param name="known">The names.</param>
    public Options(IReadOnlyList<string> arguments, params string[] known)
    {
        for (int i = 0; i < arguments.Count; i += 2)
        {
            string name = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i][2..] : "";
            if (!known.Contains(name))
                throw new UsageException($"unknown argument {arguments[i]}");
            if (i + 1 == arguments.Count || !_values.TryAdd(name, arguments[i + 1]))
                throw new UsageException($"{arguments[i]} needs one value");
        }
    }

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    /// <summary>A number above 0.</summary>
    public int Number(string name, int otherwise) =>
        !_values.TryGetValue(name, out string? text) ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
        : throw new UsageException($"--{name} {text}: a number above 0 is needed");

    /// <summary>Comma-separated names, each of which is one of <paramref name="all"/>.</summary>
    public string[] Names(string name, string[] otherwise, IEnumerable<string> all)
    {
        if (!_values.TryGetValue(name, out string? text))
            return otherwise;
        string[] names = text.Split(',');
        string[] unknown = [.. names.Except(all)];
        return unknown.Length == 0 ? names : throw new UsageException($"--{name} {unknown[0]}: one of {string.Join(", ", all)} is needed");
    }
}
