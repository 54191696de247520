using System.Reflection;

namespace ByteFuse.Daemon;

/// <summary>The version of this program.</summary>
public static class DaemonVersion
{
    /// <summary>As `bytefuse --version` says it.</summary>
    public static string Text { get; } =
        typeof(DaemonVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
