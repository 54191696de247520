using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// One daemon per run directory: a flock(2) on its file daemon.lock, which ends with the process however that ends. Whoever holds
/// it owns the control socket, and may remove what another one left of it. A keeper holds it for all its daemons.
/// </summary>
public sealed class NodeLock : IDisposable
{
    /// <summary>How long the keeper of a daemon that has just ended may still have it.</summary>
    private const int PatienceMilliseconds = 1000;

    private const int PauseMilliseconds = 10;

    private readonly int descriptor;

    private NodeLock(int descriptor) => this.descriptor = descriptor;

    /// <summary>Of the open file: whoever has a copy of it holds the lock, too.</summary>
    public int Descriptor => descriptor;

    /// <summary>Takes the lock; a <see cref="Refusal"/> (busy) where another daemon has it.</summary>
    public static NodeLock Take()
    {
        var opened = FileCalls.Open(RunDirectory.LockFile, OpenFlags.ReadWrite | OpenFlags.Create, 0x180);
        if (!opened.Succeeded) throw new Refusal(ExitCode.Failure, $"{RunDirectory.LockFile}: {opened.Error.Describe()}");
        for (var waited = 0; !FileCalls.Lock(opened.Value, LockOperations.Exclusive | LockOperations.NonBlocking).Succeeded; waited += PauseMilliseconds)
        {
            if (waited >= PatienceMilliseconds)
            {
                FileCalls.Close(opened.Value);
                throw new Refusal(ExitCode.Busy, $"a daemon runs already in {RunDirectory.Folder}");
            }
            Thread.Sleep(PauseMilliseconds);
        }
        return new NodeLock(opened.Value);
    }

    /// <summary>The lock that an earlier process of a service had, and its manager stored; null where it did not.</summary>
    public static NodeLock? TryInherit(ServiceManager? manager) =>
        manager?.Stored.FirstOrDefault(stored => stored.Name == StoredMounts.LockName) is { Descriptor: > 0 } stored ? new NodeLock(stored.Descriptor) : null;

    public void Dispose() => FileCalls.Close(descriptor);
}
