using System.Diagnostics;

namespace ByteFuse.VmSuite;

/// <summary>
/// A machine that boots a stock kernel (see guest-image), runs one command and powers off. Its instructions are emulated: no
/// hardware virtualization is needed. What it writes to its root disk is gone at the end.
/// </summary>
/// <param name="image">The folder that guest-image made.</param>
/// <param name="work">For what lives as long as the machine.</param>
internal sealed class VirtualMachine(string image, string work)
{
    /// <summary>The command did not end in time, or the machine died before it did.</summary>
    internal const int Died = 125;

    /// <summary>The kernel's argument list ends there.</summary>
    private const int MaximumWords = 32;

    // The checks that a kernel makes while it boots on hardware cost seconds in emulation and tell nothing.
    private const string KernelOptions =
        "console=ttyS0 quiet panic=-1 mitigations=off no_timer_check tsc=reliable random.trust_cpu=on cryptomgr.notests audit=0";

    /// <summary>As few extensions as .NET asks for: wide vectors are slow in emulation. rdrand spares waiting for entropy.</summary>
    internal string Processor { get; init; } = "Nehalem,+rdrand";

    internal int Processors { get; init; } = 2;

    internal int MemoryMegabytes { get; init; } = 1024;

    /// <summary>The end of what the guest's kernel said.</summary>
    internal string ConsoleTail => string.Join('\n', File.Exists(KernelLog) ? File.ReadLines(KernelLog).TakeLast(30) : []);

    private string KernelLog => Path.Combine(work, "console");

    private string Status => Path.Combine(work, "status");

    /// <summary>
    /// Runs a command in a fresh machine; each line it prints (both streams) goes to <paramref name="output"/>.
    /// </summary>
    /// <returns>Its exit status, or <see cref="Died"/>.</returns>
    /// <param name="disk">What the guest mounts at /host.</param>
    /// <param name="command">Words without spaces or quotes: they travel as arguments of the guest's init.</param>
    /// <param name="limit">The machine is stopped then.</param>
    /// <param name="output">Takes a line.</param>
    internal int Run(string disk, IReadOnlyList<string> command, TimeSpan limit, Action<string> output)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(command.Count, MaximumWords);
        var start = new ProcessStartInfo("qemu-system-x86_64", Arguments(disk, command))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The overlay that takes what is written to the root disk.
        start.Environment["TMPDIR"] = work;
        File.Delete(Status);
        using Process machine = Process.Start(start) ?? throw new InvalidOperationException("cannot start qemu-system-x86_64");
        machine.StandardInput.Close();
        machine.OutputDataReceived += (_, line) => Forward(line.Data, output);
        machine.ErrorDataReceived += (_, line) => Forward(line.Data, output);
        machine.BeginOutputReadLine();
        machine.BeginErrorReadLine();
        try
        {
            if (machine.WaitForExit(limit))
                machine.WaitForExit();
            else
                output($"the machine was stopped after {limit.TotalSeconds} s");
        }
        finally
        {
            if (!machine.HasExited)
                machine.Kill();
        }
        return int.TryParse(File.Exists(Status) ? File.ReadAllText(Status) : "", out int status) ? status : Died;
    }

    private static void Forward(string? line, Action<string> output)
    {
        if (line is not null)
            output(line);
    }

    private List<string> Arguments(string disk, IReadOnlyList<string> command) =>
    [
        "-machine", "q35", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", Processor,
        "-smp", $"{Processors}", "-m", $"{MemoryMegabytes}M",
        "-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-no-reboot",
        "-kernel", Path.Combine(image, "vmlinuz"), "-initrd", Path.Combine(image, "initramfs"),
        "-append", $"{KernelOptions} -- {string.Join(' ', command)}",
        "-drive", $"file={Path.Combine(image, "root.img")},format=raw,if=none,id=root,snapshot=on",
        "-device", "virtio-blk-pci,drive=root,serial=root",
        "-drive", $"file={disk},format=raw,if=none,id=host,readonly=on",
        "-device", "virtio-blk-pci,drive=host,serial=host",
        // The kernel's console, the command's output, its exit status: see guest/guest-init.
        "-serial", $"file:{KernelLog}", "-chardev", "stdio,id=output,signal=off", "-serial", "chardev:output",
        "-serial", $"file:{Status}",
    ];
}
