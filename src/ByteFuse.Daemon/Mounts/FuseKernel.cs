using System.Globalization;

namespace ByteFuse.Daemon;

/// <summary>What the running kernel's FUSE is set to.</summary>
public sealed record FuseKernel
{
    /// <summary>The module's switch for FUSE over io_uring (Linux 6.14).</summary>
    public const string UringSwitch = "/sys/module/fuse/parameters/enable_uring";

    /// <summary>Pages that a request may have (Linux 6.13).</summary>
    public const string MaxPagesFile = "/proc/sys/fs/fuse/max_pages_limit";

    /// <summary>Seconds after which the kernel aborts a connection that has not answered; 0 is never (Linux 6.15).</summary>
    public const string DefaultTimeoutFile = "/proc/sys/fs/fuse/default_request_timeout";

    /// <summary>The upper bound of such a time, applied to connections that ask for none.</summary>
    public const string MaxTimeoutFile = "/proc/sys/fs/fuse/max_request_timeout";

    /// <summary>256, where the kernel has no file for it.</summary>
    public const uint DefaultMaxPages = 256;

    /// <summary>Whether FUSE over io_uring is switched on; null where the kernel has none.</summary>
    public bool? UringEnabled { get; init; }

    /// <summary>Pages that a request may have.</summary>
    public uint MaxPages { get; init; } = DefaultMaxPages;

    /// <summary>True where the kernel gives requests a time, whatever INIT says.</summary>
    public bool HasRequestTimeout { get; init; }

    /// <summary>Reads /sys and /proc.</summary>
    public static FuseKernel Read() => new()
    {
        UringEnabled = ReadText(UringSwitch) is { } text ? text.StartsWith('Y') : null,
        MaxPages = ReadNumber(MaxPagesFile) ?? DefaultMaxPages,
        HasRequestTimeout = ReadNumber(DefaultTimeoutFile) is > 0 || ReadNumber(MaxTimeoutFile) is > 0,
    };

    /// <summary>The part of <paramref name="maxWrite"/> bytes that a request may have, in whole pages where it is less.</summary>
    public uint Fitting(uint maxWrite) => Math.Min(maxWrite, MaxPages * (uint)Environment.SystemPageSize);

    private static uint? ReadNumber(string file) =>
        uint.TryParse(ReadText(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
