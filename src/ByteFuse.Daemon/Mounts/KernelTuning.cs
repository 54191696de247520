using System.Globalization;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>What the kernel is told around a mount, where it lets us; nothing here is needed for correctness.</summary>
internal static class KernelTuning
{
    private const string MaxPagesLimit = "/proc/sys/fs/fuse/max_pages_limit";

    /// <summary>256, where the file does not exist (before Linux 6.13).</summary>
    private const uint DefaultMaxPages = 256;

    /// <summary>
    /// Allocations of this process do not wait for its own file system's write-back. For the calling thread and those it
    /// starts afterwards; needs CAP_SYS_RESOURCE.
    /// </summary>
    public static bool BecomeIoFlusher() => ProcessCalls.Prctl(ProcessCalls.SetIoFlusher, 1).Succeeded;

    /// <summary>The pages that a request may have, raised to hold <paramref name="maxWrite"/> bytes where that is allowed.</summary>
    public static uint AllowPages(uint maxWrite)
    {
        var wanted = (uint)((maxWrite + Environment.SystemPageSize - 1) / Environment.SystemPageSize);
        var limit = ReadNumber(MaxPagesLimit) ?? DefaultMaxPages;
        if (limit >= wanted || !TryWrite(MaxPagesLimit, wanted)) return limit;
        return ReadNumber(MaxPagesLimit) ?? DefaultMaxPages;
    }

    /// <summary>Lets the kernel read ahead so far on a mount; without it, 128 KiB.</summary>
    public static bool SetReadAhead(string mountPoint, uint bytes) =>
        MountTable.DeviceOf(mountPoint) is { } device && TryWrite($"/sys/class/bdi/{device}/read_ahead_kb", bytes / 1024);

    private static uint? ReadNumber(string file)
    {
        try
        {
            return uint.TryParse(File.ReadAllText(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool TryWrite(string file, uint number)
    {
        try
        {
            File.WriteAllText(file, number.ToString(CultureInfo.InvariantCulture));
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
