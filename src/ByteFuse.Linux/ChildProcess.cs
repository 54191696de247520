using System.Runtime.InteropServices;

namespace ByteFuse.Linux;

/// <summary>
/// Starts programs and waits for them without a handler for SIGCHLD: posix_spawn(3) and waitid(2). A child begins with no signal
/// blocked, all of them at their defaults, and the descriptors that are not closed on exec.
/// </summary>
public static unsafe class ChildProcess
{
    /// <summary>Where a child finds the descriptor that it was given, as the first one under systemd's LISTEN_FDS.</summary>
    public const int GivenDescriptor = 3;

    // What the C libraries need is 336 and 80 bytes (glibc and musl, 64-bit).
    private const int OpaqueLength = 1024;

    // sigset_t of the C library has 1024 bits.
    private const int SignalSetLength = 128;

    private const short SetSignalDefaults = 4;
    private const short SetSignalMask = 8;
    private const int ByProcess = 1;
    private const int Exited = 4;
    private const int LeaveWaiting = 0x1000000;
    private const int ReasonExited = 1;

    /// <summary>This process's environment for a child, NAME=VALUE each, without some variables.</summary>
    public static List<string> InheritedEnvironment(params ReadOnlySpan<string> without)
    {
        var environment = new List<string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (!without.Contains((string)variable.Key)) environment.Add($"{variable.Key}={variable.Value}");
        }
        return environment;
    }

    /// <summary>Starts a program. ENOENT, EACCES and the like say that it cannot be executed.</summary>
    /// <param name="program">An absolute path.</param>
    /// <param name="arguments">What follows the program's name.</param>
    /// <param name="environment">NAME=VALUE each: all that it gets.</param>
    /// <param name="given">The descriptor that it gets as <see cref="GivenDescriptor"/>.</param>
    /// <returns>The child's process id.</returns>
    public static IoResult Start(string program, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, int given)
    {
        var argv = Strings([program, .. arguments]);
        var envp = Strings(environment);
        // 8-byte words keep them aligned.
        var actions = stackalloc ulong[OpaqueLength / 8];
        var attributes = stackalloc ulong[OpaqueLength / 8];
        var signals = stackalloc ulong[SignalSetLength / 8];
        var process = 0;
        LibC.SpawnActionsInit(actions);
        LibC.SpawnAttributesInit(attributes);
        // Onto the same number too, which then stays open over exec (POSIX.1-2024; glibc 2.29, musl 1.1.24).
        var error = LibC.SpawnActionsAddDuplicate(actions, given, GivenDescriptor);
        new Span<byte>(signals, SignalSetLength).Clear();
        if (error == 0) error = LibC.SpawnAttributesSetMask(attributes, signals);
        new Span<byte>(signals, SignalSetLength).Fill(0xFF);
        if (error == 0) error = LibC.SpawnAttributesSetDefaults(attributes, signals);
        if (error == 0) error = LibC.SpawnAttributesSetFlags(attributes, SetSignalDefaults | SetSignalMask);
        fixed (byte* path = PathBytes.Of(program))
        {
            if (error == 0) error = LibC.Spawn(&process, path, actions, attributes, argv, envp);
        }
        LibC.SpawnAttributesDestroy(attributes);
        LibC.SpawnActionsDestroy(actions);
        Free(argv);
        Free(envp);
        return error == 0 ? IoResult.FromValue(process) : IoResult.FromError((Errno)error);
    }

    /// <summary>Blocks until a child has ended, with all its threads, and takes its end: once, unless it is left there.</summary>
    /// <param name="process">The child.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="leave">Leaves it to the next call: until then its number is nobody else's.</param>
    public static Errno Wait(int process, out ChildEnd end, bool leave = false)
    {
        end = default;
        while (true)
        {
            ChildStatusLayout status;
            var waited = LibC.Result(LibC.Waitid(ByProcess, process, &status, Exited | (leave ? LeaveWaiting : 0)));
            if (waited.Error == Errno.EINTR) continue;
            if (waited.Succeeded) end = new ChildEnd(status.Code == ReasonExited, status.Status);
            return waited.Error;
        }
    }

    private static byte** Strings(IReadOnlyList<string> texts)
    {
        var strings = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < texts.Count; i++)
        {
            var bytes = PathBytes.Of(texts[i]);
            strings[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
            bytes.CopyTo(new Span<byte>(strings[i], bytes.Length));
        }
        return strings;
    }

    private static void Free(byte** strings)
    {
        for (var i = 0; strings[i] != null; i++) NativeMemory.Free(strings[i]);
        NativeMemory.Free(strings);
    }
}

/// <summary>How a child process ended.</summary>
/// <param name="ByExit">True where it exited, false where a signal killed it.</param>
/// <param name="Number">The exit code, or the signal.</param>
public readonly record struct ChildEnd(bool ByExit, int Number)
{
    /// <summary>Of a process that is somebody else's child: the kernel tells nobody but its parent.</summary>
    public static ChildEnd Unknown { get; } = new(false, 0);

    /// <summary>True for an exit with code 0.</summary>
    public bool Succeeded => ByExit && Number == 0;

    /// <inheritdoc/>
    public override string ToString() => ByExit ? $"exit code {Number}" : Number == 0 ? "unknown" : $"signal {Number}";
}
