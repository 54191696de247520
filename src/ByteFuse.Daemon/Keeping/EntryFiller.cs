using System.Globalization;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Transports;

namespace ByteFuse.Daemon;

/// <summary>
/// A process that asks mounts for their figures on each CPU, until its daemon is dead: a daemon that holds its entries has the kernel
/// put a request into each by it; or once: a daemon that took entries over has the kernel go on with what waits. No thread of the
/// daemon itself may wait for an answer that its successor is to give, as the kernel does not let such a thread die. It has no
/// descriptor of a mount, so that it keeps none alive.
/// </summary>
public static class EntryFiller
{
    /// <summary>What a program's first argument is to be this process.</summary>
    public const string Command = "fill-entries";

    private const int StackLength = 128 << 10;

    /// <summary>
    /// Runs until the other end of the descriptor that it was given is closed. The arguments: how many threads for each CPU and mount,
    /// and the mounts' device numbers. Or asks once: the arguments are "once", a device number, and CPUs.
    /// </summary>
    public static int Run(string[] arguments)
    {
        if (arguments is ["once", var mount, .. var processors]) return AskOnce(Number(mount), processors);
        var threads = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var devices = arguments.Skip(1).Select(Number).ToList();
        using var started = new CountdownEvent(1);
        foreach (var processor in Processors.Usable())
        {
            foreach (var device in devices)
            {
                for (var i = 0; i < threads; i++) Start(processor, device, started);
            }
        }
        started.Signal();
        started.Wait();
        // One byte each way: that the threads are there, and the end.
        Span<byte> word = [1];
        FileCalls.Write(ChildProcess.GivenDescriptor, word);
        while (FileCalls.Read(ChildProcess.GivenDescriptor, word) is { Error: Errno.EINTR } or { Value: > 0 }) { }
        return 0;
    }

    /// <summary>What <see cref="FuseMount.Adopt"/> takes, for a mount with this memory; a program as <see cref="EntryHold.Take"/>'s.</summary>
    public static Action<IReadOnlyList<int>> KickBy(string program, ConnectionMemory memory) => processors =>
    {
        if (processors.Count == 0 || memory.Device == 0) return;
        string[] arguments = [Command, "once", $"{memory.Device}", .. processors.Select(processor => $"{processor}")];
        // Not on a reactor.
        Task.Run(() =>
        {
            var started = ChildProcess.Start(program, arguments, ChildProcess.InheritedEnvironment(), given: 2);
            if (started.Succeeded) ChildProcess.Wait(started.Value, out _);
        });
    };

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    private static int AskOnce(ulong device, string[] processors)
    {
        var threads = processors.Select(processor => new Thread(
            () =>
            {
                // Of a CPU that is not there nobody waits.
                if (ProcessCalls.PinCurrentThread((int)Number(processor)).Succeeded) MountCalls.AskForFigures(device);
            },
            StackLength)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return 0;
    }

    private static void Start(int processor, ulong device, CountdownEvent started)
    {
        started.AddCount();
        var thread = new Thread(
            () =>
            {
                ProcessCalls.PinCurrentThread(processor);
                started.Signal();
                while (MountCalls.AskForFigures(device).Succeeded) { }
            },
            StackLength);
        thread.IsBackground = true;
        thread.Start();
    }
}
