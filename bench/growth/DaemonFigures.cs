using System.Globalization;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.GrowthBench;

/// <summary>What the daemon of a mount says about itself.</summary>
public static class DaemonFigures
{
    /// <summary>Resident memory in MiB.</summary>
    public static double Resident(MountedVolume mount)
    {
        string line = File.ReadLines($"/proc/{mount.DaemonPid}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>A counter of the metadata engine.</summary>
    public static long Metadata(MountedVolume mount, string counter)
    {
        using JsonDocument stats = JsonDocument.Parse(mount.Run("stats", mount.MountPoint, "--json"));
        return stats.RootElement.GetProperty("metadata").GetProperty(counter).GetInt64();
    }
}
