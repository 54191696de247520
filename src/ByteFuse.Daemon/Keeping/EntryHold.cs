using System.Diagnostics;
using System.Globalization;
using ByteFuse.Linux;
using ByteFuse.Reactor;
using ByteFuse.Transports;

namespace ByteFuse.Daemon;

/// <summary>
/// What a daemon does before it dies for a successor: the kernel fails requests that it hands through io_uring to a process that is
/// dying (ECANCELED), so that every entry has to hold a request, or its reply, when that begins. A process beside it makes requests
/// until they do (<see cref="EntryFiller"/>).
/// </summary>
internal static class EntryHold
{
    /// <summary>How long that process may take to start; without it there is no use in holding.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(10);

    /// <summary>How long filling may take: everybody waits meanwhile, and what is left is as good as a death without warning.</summary>
    private static readonly TimeSpan FillPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>Holds the entries of mounts; whether the kernel has none of them left, and it is safe to die.</summary>
    /// <param name="mounts">The mounts, of which some may have no entries.</param>
    /// <param name="program">The program of the other process, which runs <see cref="EntryFiller"/>; an absolute path.</param>
    public static bool Take(IReadOnlyList<HeldMount> mounts, string program)
    {
        var filled = mounts.Where(mount => mount.Mount.EntryDepth > 0).ToList();
        if (filled.Count == 0) return true;
        // One for each entry, and one that waits in the kernel behind them.
        var threads = filled.Max(mount => mount.Mount.EntryDepth) + 1;
        if (!TryStartFiller(program, [$"{threads}", .. filled.Select(mount => mount.Device.ToString(CultureInfo.InvariantCulture))])) return false;
        foreach (var mount in filled) mount.Hold();
        var processors = Processors.Usable();
        var started = Stopwatch.GetTimestamp();
        while (!filled.All(mount => mount.Mount.HoldsAll(processors)))
        {
            if (Stopwatch.GetElapsedTime(started) > FillPatience) return false;
            Thread.Sleep(Pause);
        }
        return true;
    }

    // The descriptor stays open until this process is dead: that ends the other one.
    private static bool TryStartFiller(string program, IReadOnlyList<string> arguments)
    {
        if (UnixSocketRights.CreatePair(sequencedPackets: false, out var here, out var there) != Errno.None) return false;
        var started = ChildProcess.Start(program, [EntryFiller.Command, .. arguments], ChildProcess.InheritedEnvironment(), there);
        FileCalls.Close(there);
        if (!started.Succeeded) return false;
        var ready = Task.Run(() =>
        {
            Span<byte> word = stackalloc byte[1];
            IoResult read;
            do read = FileCalls.Read(here, word);
            while (read.Error == Errno.EINTR);
            return read.Value == 1;
        });
        return ready.Wait(StartPatience) && ready.Result;
    }
}

/// <summary>A mount whose entries are to be held.</summary>
/// <param name="Mount">The mount.</param>
/// <param name="Device">Its device, as <see cref="MountCalls.EncodeDevice"/> has it.</param>
/// <param name="Reactors">Who serves it.</param>
internal sealed record HeldMount(FuseMount Mount, ulong Device, ReactorSet Reactors)
{
    /// <summary>Gives no entry to the kernel any more.</summary>
    public void Hold()
    {
        Mount.Hold();
        // Behind this no reactor is about to.
        Reactors.AwaitTurns();
    }
}
