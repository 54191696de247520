namespace ByteFuse.Testing;

/// <summary>What /proc says of a process.</summary>
public static class ProcessState
{
    /// <summary>True where it is there and no zombie.</summary>
    public static bool IsRunning(int pid)
    {
        // A zombie that nobody has waited for yet still answers kill(pid, 0): only its state tells that it is dead.
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The processes that it started and that run.</summary>
    public static IReadOnlyList<int> ChildrenOf(int pid)
    {
        var children = new List<int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out int child) && ParentOf(child) == pid && IsRunning(child))
                children.Add(child);
        }
        return children;
    }

    /// <summary>The processes that were started with an environment variable, NAME=VALUE, and run.</summary>
    public static IReadOnlyList<int> WithVariable(string variable)
    {
        var processes = new List<int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out int pid) && EnvironmentOf(pid).Split('\0').Contains(variable) && IsRunning(pid))
                processes.Add(pid);
        }
        return processes;
    }

    private static string EnvironmentOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static int ParentOf(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 4)..].Split(' ')[0]);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
