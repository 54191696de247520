using System.Runtime.InteropServices;

namespace ByteFuse.Linux;

/// <summary>
/// Which system calls the threads of a process may make from now on: a list (seccomp(2), classic BPF). What is not in it fails with
/// EPERM. Calls through a ring of io_uring do not pass it.
/// </summary>
public static unsafe class SystemCallFilter
{
    // struct seccomp_data: the number, the architecture, an address, six arguments of eight bytes.
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgumentOffset = 16;

    private const ushort LoadWord = 0x20;
    private const ushort JumpEqual = 0x15;
    private const ushort JumpGreater = 0x25;
    private const ushort JumpSet = 0x45;
    private const ushort Return = 0x06;

    private const uint Allow = 0x7FFF0000;
    private const uint Fail = 0x00050000;

    private const uint NewMounts = 0x00020000;

    // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
    private const uint NamespaceFlags = 0x7E020000;

    private const long FilterMode = 1;
    private const long AllThreads = 1;

    // SECCOMP_FILTER_FLAG_SPEC_ALLOW: threads with a filter pay for no mitigation of speculation that others do not.
    private const long AllowSpeculation = 4;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>
    /// Puts the filter in force for every thread. Needs no_new_privs, which the calling thread has, and gives it to the others.
    /// Threads with other filters of their own: EBUSY.
    /// </summary>
    /// <param name="allowed">The numbers of the calls.</param>
    /// <param name="last">
    /// The last number that was considered: calls behind it are newer than the list, and the C library goes on without them when it
    /// hears ENOSYS.
    /// </param>
    public static Errno Install(IReadOnlyList<int> allowed, int last)
    {
        var program = Build(allowed, last);
        fixed (Instruction* instructions = program)
        {
            var description = new Description { Length = (ushort)program.Length, Instructions = instructions };
            var result = LibC.Result(LibC.Syscall(IsArm ? 277 : 317, FilterMode, AllThreads | AllowSpeculation, (long)&description, 0, 0, 0));
            // The number of a thread that could not be brought under it.
            return result is { Succeeded: true, Value: > 0 } ? Errno.EBUSY : result.Error;
        }
    }

    private static Instruction[] Build(IReadOnlyList<int> allowed, int last)
    {
        var (architecture, clone, clone3, unshare) = IsArm ? (0xC00000B7u, 220u, 435u, 97u) : (0xC000003Eu, 56u, 435u, 272u);
        var program = new List<Instruction>
        {
            new(LoadWord, ArchitectureOffset),
            new(JumpEqual, architecture, 1, 0),
            new(Return, Fail | (uint)Errno.EPERM),
            new(LoadWord, NumberOffset),
            // The number of a call of the x32 ABI has bit 30, and is greater than all others.
            new(JumpGreater, (uint)last, 0, 1),
            new(Return, Fail | (uint)Errno.ENOSYS),
            // Its arguments cannot be seen; the C library then makes clone(2), whose can.
            new(JumpEqual, clone3, 0, 1),
            new(Return, Fail | (uint)Errno.ENOSYS),
        };
        // The kernel runs this once for each number and remembers which are always allowed (seccomp_cache_prepare in
        // kernel/seccomp.c), so that their order costs nothing.
        foreach (var number in allowed)
        {
            program.Add(new(JumpEqual, (uint)number, 0, 1));
            program.Add(new(Return, Allow));
        }
        program.AddRange(
        [
            new(JumpEqual, clone, 0, 4),
            new(LoadWord, FirstArgumentOffset),
            new(JumpSet, NamespaceFlags, 0, 1),
            new(Return, Fail | (uint)Errno.EPERM),
            new(Return, Allow),
            // Mounts that nobody else sees, of a process that stands by.
            new(JumpEqual, unshare, 0, 3),
            new(LoadWord, FirstArgumentOffset),
            new(JumpEqual, NewMounts, 0, 1),
            new(Return, Allow),
            new(Return, Fail | (uint)Errno.EPERM),
        ]);
        return [.. program];
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Instruction(ushort code, uint operand, byte whenTrue = 0, byte whenFalse = 0)
    {
        private readonly ushort code = code;
        private readonly byte whenTrue = whenTrue;
        private readonly byte whenFalse = whenFalse;
        private readonly uint operand = operand;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Description
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
