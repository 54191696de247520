using System.Globalization;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>What is in force for a process: of all its threads, as the kernel tells it.</summary>
/// <param name="State">"on"; "off"; "partial", where something that was asked for is not in force.</param>
/// <param name="Capabilities">Those that any of the threads has.</param>
/// <param name="NoNewPrivileges">True where no program that any of them starts gets more.</param>
/// <param name="SystemCallFilter">True where none of them may make system calls that the daemon has no use for.</param>
public sealed record SandboxReport(string State, IReadOnlyList<string> Capabilities, bool NoNewPrivileges, bool SystemCallFilter)
{
    private const string Filtered = "2";

    /// <summary>Asks about this process.</summary>
    /// <param name="wanted">What was asked for.</param>
    public static SandboxReport Read(bool wanted)
    {
        var (capabilities, noNewPrivileges, filter) = (default(CapabilitySet), true, true);
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (Fields(task) is not { } fields) continue;
            capabilities = capabilities.Or(new CapabilitySet(ulong.Parse(fields["CapPrm"], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
            noNewPrivileges &= fields["NoNewPrivs"] == "1";
            filter &= fields.GetValueOrDefault("Seccomp") == Filtered;
        }
        var isComplete = noNewPrivileges && filter && capabilities.IsWithin(Sandbox.Kept);
        return new SandboxReport(!wanted ? "off" : isComplete ? "on" : "partial", capabilities.Names(), noNewPrivileges, filter);
    }

    /// <summary>In one line, for people.</summary>
    public override string ToString() => string.Join(", ",
    [
        State,
        Capabilities.Count == 0 ? "no capabilities" : Capabilities.Count > Sandbox.Kept.Names().Count ? $"{Capabilities.Count} capabilities" : string.Join(' ', Capabilities),
        .. NoNewPrivileges ? (string[])["no_new_privs"] : [],
        .. SystemCallFilter ? (string[])["seccomp"] : [],
    ]);

    private static Dictionary<string, string>? Fields(string task)
    {
        try
        {
            return File.ReadLines(Path.Combine(task, "status")).Select(line => line.Split(':', 2)).ToDictionary(line => line[0], line => line[1].Trim());
        }
        catch (IOException)
        {
            // The thread has just ended.
            return null;
        }
    }
}
