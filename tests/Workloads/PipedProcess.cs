using System.Diagnostics;

namespace ByteFuse.Workloads;

/// <summary>A program that runs beside the workload, which reads and writes its streams.</summary>
internal static class PipedProcess
{
    /// <summary>Starts it in the root directory, where every user may be; all three streams are the caller's.</summary>
    internal static Process Start(IReadOnlyList<string> command) =>
        Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        }) ?? throw new WorkloadFailedException($"cannot start {command[0]}");
}
