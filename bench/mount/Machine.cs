using System.Globalization;

namespace ByteFuse.MountBench;

/// <summary>Where a bench ran: figures of different machines, kernels or loads do not compare.</summary>
public sealed record Machine(string Processor, int Cores, string Kernel, long MemoryMiB, string LoadBefore, string LoadAfter, double StolenPercent, string Date)
{
    public static Machine Since(MachineState before)
    {
        MachineState now = MachineState.Now();
        return new(
            File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1] ?? "unknown",
            Environment.ProcessorCount,
            File.ReadAllText("/proc/version").Trim(),
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
            before.Load,
            now.Load,
            now.StolenPercentSince(before),
            DateTime.UtcNow.ToString("u", CultureInfo.InvariantCulture));
    }
}

/// <summary>/proc/loadavg, since a bench beside other work says little, and what other guests of the host took.</summary>
/// <param name="Load">/proc/loadavg.</param>
/// <param name="TotalTicks">Time of all processors since the start of the machine.</param>
/// <param name="StolenTicks">What of it other guests of the host took.</param>
public readonly record struct MachineState(string Load, long TotalTicks, long StolenTicks)
{
    public static MachineState Now()
    {
        // proc(5): user nice system idle iowait irq softirq steal; guest time is in user time.
        long[] ticks = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        return new MachineState(File.ReadAllText("/proc/loadavg").Trim(), ticks.Sum(), ticks[7]);
    }

    public double StolenPercentSince(MachineState before) =>
        TotalTicks == before.TotalTicks ? 0 : 100.0 * (StolenTicks - before.StolenTicks) / (TotalTicks - before.TotalTicks);
}
