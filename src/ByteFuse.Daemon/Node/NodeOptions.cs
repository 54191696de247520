namespace ByteFuse.Daemon;

/// <summary>What belongs to a daemon's process and is the same for all its mounts.</summary>
public sealed record NodeOptions
{
    /// <summary>Bytes for the payloads of io_uring's entries over all mounts, unless the daemon is told otherwise.</summary>
    public const long DefaultUringMemory = 1L << 30;

    /// <summary>How long a daemon that a mount started stays when the last mount is gone: the next one need not start another.</summary>
    public static readonly TimeSpan DefaultIdleTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The most reactors that may be asked for, with reactors= or --reactors.</summary>
    public const int MaximumReactors = 1024;

    /// <summary>The most microseconds that busy_poll= and --busy-poll take.</summary>
    public const int MaximumBusyPoll = 1000;

    /// <summary>Threads that serve requests at most; null for one per CPU.</summary>
    public int? Reactors { get; init; }

    /// <summary>How long a reactor looks for work before it sleeps.</summary>
    public TimeSpan BusyPoll { get; init; }

    /// <summary>Whether reactors that serve one request at a time run behind those they serve.</summary>
    public bool GiveWay { get; init; } = true;

    /// <summary>Whether the daemon gives up what it does not need.</summary>
    public bool Sandbox { get; init; } = true;

    /// <summary>Bytes for the payloads of io_uring's entries, over all mounts.</summary>
    public long UringMemory { get; init; } = DefaultUringMemory;

    /// <summary>Where the daemon logs; null for stderr, the syslog or the run directory.</summary>
    public string? LogFile { get; init; }

    /// <summary>How long the daemon stays without a mount; null for ever.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>A port of the loopback interface that answers /metrics; null for none.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>Reads give_way= and --give-way; null where it is neither auto nor off.</summary>
    public static bool? ReadGiveWay(string text) => text switch
    {
        "auto" => true,
        "off" => false,
        _ => null,
    };

    /// <summary>Reads sandbox= and --sandbox; null where it is neither on nor off.</summary>
    public static bool? ReadSandbox(string text) => text switch
    {
        "on" => true,
        "off" => false,
        _ => null,
    };

    /// <summary>What a mount that starts its daemon itself wants of it.</summary>
    public static NodeOptions WantedBy(ParsedMountOptions options) => new()
    {
        Reactors = options.Reactors,
        BusyPoll = options.BusyPoll ?? TimeSpan.Zero,
        GiveWay = options.GiveWay ?? true,
        Sandbox = options.Sandbox ?? true,
        // A mount gets the half of what is left at most (UringBudget).
        UringMemory = Math.Max(DefaultUringMemory, 2 * options.UringMemory),
        LogFile = options.LogFile,
        IdleTimeout = DefaultIdleTimeout,
    };

    /// <summary>Says which value is in force where a mount asks for another one; null where it asks for none.</summary>
    /// <param name="asked">The mount's options.</param>
    /// <param name="reactors">The reactors that this daemon has.</param>
    public string? ConflictWith(ParsedMountOptions asked, int reactors)
    {
        if (asked.Reactors is { } count && count != Reactors && Math.Min(count, Environment.ProcessorCount) != reactors)
            return $"reactors={reactors}";
        if (asked.BusyPoll is { } time && time != BusyPoll) return $"busy_poll={BusyPoll.TotalMicroseconds:0}";
        if (asked.GiveWay is { } way && way != GiveWay) return $"give_way={(GiveWay ? "auto" : "off")}";
        if (asked.Sandbox is { } sandbox && sandbox != Sandbox) return $"sandbox={(Sandbox ? "on" : "off")}";
        if (asked.LogFile is { } file && file != LogFile) return LogFile is null ? "no logfile" : $"logfile={LogFile}";
        return null;
    }
}
