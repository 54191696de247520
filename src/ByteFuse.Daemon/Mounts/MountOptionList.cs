using System.Globalization;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Daemon;

/// <summary>Reads the text after -o as mount(8) users write it. Later options override earlier ones.</summary>
public static class MountOptionList
{
    // user and its like mean these, unless later options say otherwise (mount(8)).
    private const ulong UserFlags = MountCalls.NoExecute | MountCalls.NoSetUserId | MountCalls.NoDevices;

    private const ulong AccessTimeFlags = MountCalls.NoAccessTime | MountCalls.RelativeAccessTime | MountCalls.StrictAccessTime;

    /// <summary>Options that people type, for completion; those with a value end in =.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "sync", "async", "dirsync", "relatime", "noatime", "strictatime",
        "diratime", "nodiratime", "user", "users", "owner", "group", "allow_other", "noallow_other", "nonempty", "fsname=", "subtype=",
        "max_write=", "max_read=", "max_readahead=", "max_background=", "transport=", "passthrough=", "uring_memory=", "locks=", "reactors=", "busy_poll=", "give_way=", "sandbox=",
        "attr_timeout=", "entry_timeout=", "negative_timeout=", "timeout=", "logfile=", "context=", "fscontext=", "defcontext=", "rootcontext=",
    ];

    /// <summary>Reads options; a <see cref="Refusal"/> that names the first which is unknown or has a bad value.</summary>
    public static ParsedMountOptions Parse(IEnumerable<string> texts)
    {
        var options = new ParsedMountOptions();
        foreach (var text in texts)
        {
            foreach (var option in Split(text)) options = Apply(options, option);
        }
        return options;
    }

    private static ParsedMountOptions Apply(ParsedMountOptions options, string option)
    {
        var equals = option.IndexOf('=');
        var name = equals < 0 ? option : option[..equals];
        if (IsForOthers(name)) return options;
        if (equals < 0) return ApplyFlag(options, name);
        var value = Unquote(option[(equals + 1)..]);
        return ApplyValue(options, name, value) ?? throw Bad($"unknown mount option {option}");
    }

    // For mount(8), systemd and other readers of fstab.
    private static bool IsForOthers(string name) =>
        name.StartsWith("x-", StringComparison.Ordinal) || name.StartsWith("X-", StringComparison.Ordinal)
        || name is "" or "comment" or "defaults" or "auto" or "noauto" or "_netdev" or "nofail" or "nouser" or "nousers" or "noowner" or "nogroup"
            or "default_permissions" or "silent" or "loud" or "iversion" or "noiversion" or "lazytime" or "nolazytime"
            or "mand" or "nomand" or "async_dio" or "big_writes" or "helper" or "uhelper";

    private static ParsedMountOptions ApplyFlag(ParsedMountOptions options, string name)
    {
        var flags = options.Flags;
        return name switch
        {
            "ro" => options with { ReadOnly = true, Flags = flags | MountCalls.ReadOnly },
            "rw" => options with { ReadOnly = false, Flags = flags & ~MountCalls.ReadOnly },
            "exec" => options with { Flags = flags & ~MountCalls.NoExecute },
            "noexec" => options with { Flags = flags | MountCalls.NoExecute },
            "suid" => options with { Flags = flags & ~MountCalls.NoSetUserId },
            "nosuid" => options with { Flags = flags | MountCalls.NoSetUserId },
            "dev" => options with { Flags = flags & ~MountCalls.NoDevices },
            "nodev" => options with { Flags = flags | MountCalls.NoDevices },
            "user" or "users" => options with { Flags = flags | UserFlags },
            "owner" or "group" => options with { Flags = flags | MountCalls.NoSetUserId | MountCalls.NoDevices },
            "sync" => options with { Flags = flags | MountCalls.Synchronous },
            "async" => options with { Flags = flags & ~MountCalls.Synchronous },
            "dirsync" => options with { Flags = flags | MountCalls.DirectorySynchronous },
            "diratime" => options with { Flags = flags & ~MountCalls.NoDirectoryAccessTime },
            "nodiratime" => options with { Flags = flags | MountCalls.NoDirectoryAccessTime },
            "noatime" => WithAccessTime(options, AccessTimePolicy.Never, MountCalls.NoAccessTime),
            "strictatime" => WithAccessTime(options, AccessTimePolicy.Strict, MountCalls.StrictAccessTime),
            "atime" or "relatime" or "norelatime" or "nostrictatime" => WithAccessTime(options, AccessTimePolicy.Relative, MountCalls.RelativeAccessTime),
            "allow_other" => options with { AllowOther = true },
            // allow_root: who mounts, and root, whom the kernel does not tell apart from others.
            "noallow_other" or "allow_root" => options with { AllowOther = false },
            "nonempty" => options with { NonEmpty = true },
            "remount" => throw Bad("remount is not supported: unmount and mount again"),
            _ => throw Bad($"unknown mount option {name}"),
        };
    }

    private static ParsedMountOptions? ApplyValue(ParsedMountOptions options, string name, string value) => name switch
    {
        "fsname" => options with { FsName = NotEmpty(name, value) },
        "subtype" => options with { Subtype = NotEmpty(name, value) },
        "logfile" => options with { LogFile = Path.GetFullPath(NotEmpty(name, value)) },
        "max_write" => options with { MaxWrite = (uint)Bytes(name, value, 4096, InitPreferences.HighestMaxWrite) },
        "max_read" => options with { MaxRead = (uint)Bytes(name, value, 4096, InitPreferences.HighestMaxWrite) },
        "max_readahead" => options with { MaxReadAhead = (uint)Bytes(name, value, 0, 1 << 30) },
        "max_background" => options with { MaxBackground = (ushort)Bytes(name, value, 1, ushort.MaxValue) },
        "transport" => options with { Transport = Transport(value) },
        "passthrough" => options with { Passthrough = Passthrough(value) },
        "uring_memory" => options with { UringMemory = Bytes(name, value, UringLimits.MinimumMemory, UringLimits.MaximumMemory) },
        "locks" => options with { Locks = Locks(value) },
        "reactors" => options with { Reactors = (int)Bytes(name, value, 1, NodeOptions.MaximumReactors) },
        "busy_poll" => options with { BusyPoll = TimeSpan.FromMicroseconds(Bytes(name, value, 0, NodeOptions.MaximumBusyPoll)) },
        "give_way" => options with { GiveWay = NodeOptions.ReadGiveWay(value) ?? throw Bad($"mount option give_way={value}: auto or off is needed") },
        "sandbox" => options with { Sandbox = NodeOptions.ReadSandbox(value) ?? throw Bad($"mount option sandbox={value}: on or off is needed") },
        "attr_timeout" or "entry_timeout" => options with { CacheTimeout = Shorter(options.CacheTimeout, Seconds(name, value)) },
        "negative_timeout" => options with { NegativeTimeout = Seconds(name, value) },
        "timeout" => options with { Timeout = Seconds(name, value) },
        "context" or "fscontext" or "defcontext" or "rootcontext" => options with { Security = Join(options.Security, name, value) },
        _ => null,
    };

    private static ParsedMountOptions WithAccessTime(ParsedMountOptions options, AccessTimePolicy policy, ulong flag) =>
        options with { AccessTime = policy, Flags = (options.Flags & ~AccessTimeFlags) | flag };

    // Commas separate, except inside double quotes: SELinux's contexts hold commas.
    private static IEnumerable<string> Split(string text)
    {
        var start = 0;
        var quoted = false;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '"') quoted = !quoted;
            if (i < text.Length && (quoted || text[i] != ',')) continue;
            yield return text[start..i].Trim();
            start = i + 1;
        }
    }

    private static string Unquote(string value) =>
        value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value;

    private static string Join(string security, string name, string value) =>
        (security.Length > 0 ? security + "," : "") + $"{name}=\"{NotEmpty(name, value)}\"";

    private static string NotEmpty(string name, string value) => value.Length > 0 ? value : throw Bad($"mount option {name}= needs a value");

    private static TransportOption Transport(string value) => value switch
    {
        "auto" => TransportOption.Auto,
        "uring" => TransportOption.Uring,
        "classic" => TransportOption.Classic,
        _ => throw Bad($"mount option transport={value}: auto, uring or classic is needed"),
    };

    private static PassthroughOption Passthrough(string value) => value switch
    {
        "auto" => PassthroughOption.Auto,
        "on" => PassthroughOption.On,
        "off" => PassthroughOption.Off,
        _ => throw Bad($"mount option passthrough={value}: auto, on or off is needed"),
    };

    private static LockKeeper Locks(string value) => value switch
    {
        "kernel" => LockKeeper.Kernel,
        "daemon" => LockKeeper.Daemon,
        _ => throw Bad($"mount option locks={value}: kernel or daemon is needed"),
    };

    private static long Bytes(string name, string value, long minimum, long maximum)
    {
        if (!ByteCount.TryParse(value, unit: 1, out var bytes) || bytes < minimum || bytes > maximum)
            throw Bad($"mount option {name}={value}: a number from {minimum} to {maximum} is needed");
        return bytes;
    }

    private static TimeSpan Seconds(string name, string value)
    {
        const NumberStyles style = NumberStyles.AllowDecimalPoint;
        // A year: as good as for ever, and far from what overflows in the kernel's jiffies.
        if (double.TryParse(value, style, CultureInfo.InvariantCulture, out var seconds) && seconds <= 365 * 86400) return TimeSpan.FromSeconds(seconds);
        throw Bad($"mount option {name}={value}: a number of seconds, at most a year, is needed");
    }

    private static TimeSpan Shorter(TimeSpan? earlier, TimeSpan time) => earlier is { } other && other < time ? other : time;

    private static Refusal Bad(string message) => new(ExitCode.Usage, message);
}
