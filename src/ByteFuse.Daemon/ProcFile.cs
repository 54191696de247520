namespace ByteFuse.Daemon;

/// <summary>Files below /proc that have a line for each of many values.</summary>
internal static class ProcFile
{
    /// <summary>What follows <paramref name="name"/> in the first line that begins with it; null where none does.</summary>
    public static string? Value(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();
}
