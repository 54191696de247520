using System.Diagnostics;

namespace ByteFuse.GrowthBench;

/// <summary>
/// Keeps every processor from sleeping, by loops of the scheduler's idle class, which give way to anything else at once. A call
/// that is served by another thread wakes that thread: on a virtual machine, waking a processor that sleeps costs several times
/// what the call does, and whether one sleeps is chance.
/// </summary>
public sealed class AwakeProcessors : IDisposable
{
    // Ends by itself when this process does, however that ends.
    private const string Loop = "while kill -0 $0; do i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; done";

    private readonly List<Process> _loops = [];

    public AwakeProcessors()
    {
        for (int i = 0; i < Environment.ProcessorCount; i++)
            _loops.Add(Process.Start("chrt", ["--idle", "0", "sh", "-c", Loop, $"{Environment.ProcessId}"]));
    }

    public void Dispose()
    {
        foreach (Process loop in _loops)
        {
            loop.Kill();
            loop.WaitForExit();
            loop.Dispose();
        }
    }
}
