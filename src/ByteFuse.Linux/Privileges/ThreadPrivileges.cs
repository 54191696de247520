using System.Runtime.InteropServices;

namespace ByteFuse.Linux;

/// <summary>
/// What the calling thread may do, and giving it up. Capabilities and no_new_privs are a thread's, and inherited by what it starts:
/// a process whose every thread is to have less begins so, by execve(2) from a thread that has.
/// </summary>
public static unsafe class ThreadPrivileges
{
    private const int BoundingRead = 23;
    private const int BoundingDrop = 24;
    private const int SetNoNewPrivileges = 38;

    // _LINUX_CAPABILITY_VERSION_3: sets of 64 bits, in two halves.
    private const uint Version = 0x20080522;

    private static (long Get, long Set) Numbers => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? (90, 91) : (125, 126);

    /// <summary>The permitted set of the calling thread.</summary>
    public static CapabilitySet Permitted => Read(out var permitted) == Errno.None ? permitted : default;

    /// <summary>
    /// Leaves the calling thread those of its capabilities that are in <paramref name="kept"/>, for good: no program that it starts gets
    /// others, whatever its owner and mode.
    /// </summary>
    public static Errno Limit(CapabilitySet kept)
    {
        var error = Read(out var permitted);
        if (error != Errno.None) return error;
        // Without CAP_SETPCAP the bounding set stays, and no_new_privs does what it would have done (cap_bprm_creds_from_file).
        if (permitted.Has(Capability.CAP_SETPCAP))
        {
            for (var capability = 0; LibC.Prctl(BoundingRead, (nuint)capability, 0, 0, 0) >= 0; capability++)
                if (!kept.Has((Capability)capability)) LibC.Prctl(BoundingDrop, (nuint)capability, 0, 0, 0);
        }
        error = Write(permitted.And(kept));
        return error == Errno.None ? LibC.Result(LibC.Prctl(SetNoNewPrivileges, 1, 0, 0, 0)).Error : error;
    }

    /// <summary>Runs a program in this process's place, with its environment and the descriptors that are not closed on exec; returns only where that fails.</summary>
    /// <param name="program">An absolute path.</param>
    /// <param name="arguments">With the program's name, each followed by a null byte, as /proc/self/cmdline has them.</param>
    public static Errno Execute(string program, ReadOnlySpan<byte> arguments)
    {
        var count = arguments.Count((byte)0);
        fixed (byte* path = PathBytes.Of(program))
        fixed (byte* first = arguments)
        {
            var pointers = (byte**)NativeMemory.AllocZeroed((nuint)(count + 1), (nuint)sizeof(byte*));
            for (int i = 0, at = 0; i < count; i++)
            {
                pointers[i] = first + at;
                at += arguments[at..].IndexOf((byte)0) + 1;
            }
            var error = LibC.Result(LibC.Execv(path, pointers)).Error;
            NativeMemory.Free(pointers);
            return error;
        }
    }

    private static Errno Read(out CapabilitySet permitted)
    {
        var header = stackalloc uint[2] { Version, 0 };
        // Effective, permitted, inheritable; the lower halves first.
        var sets = stackalloc uint[6];
        var result = LibC.Result(LibC.Syscall(Numbers.Get, (long)header, (long)sets, 0, 0, 0, 0));
        permitted = new CapabilitySet(sets[1] | (ulong)sets[4] << 32);
        return result.Error;
    }

    private static Errno Write(CapabilitySet permitted)
    {
        var header = stackalloc uint[2] { Version, 0 };
        var (low, high) = ((uint)permitted.Bits, (uint)(permitted.Bits >> 32));
        var sets = stackalloc uint[6] { low, low, 0, high, high, 0 };
        return LibC.Result(LibC.Syscall(Numbers.Set, (long)header, (long)sets, 0, 0, 0, 0)).Error;
    }
}
