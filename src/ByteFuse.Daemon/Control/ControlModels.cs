using System.Text.Json.Serialization;

namespace ByteFuse.Daemon;

/// <summary>GET /v1/status: what a mount is.</summary>
public sealed record StatusReply
{
    public required string Id { get; init; }
    public required string MountPoint { get; init; }
    public required string Source { get; init; }

    /// <summary>Identity of the volume, in hexadecimal.</summary>
    public required string Volume { get; init; }
    public required int Pid { get; init; }
    public required string Version { get; init; }
    public required string Transport { get; init; }

    /// <summary>True where the kernel reads and writes files by itself.</summary>
    public required bool Passthrough { get; init; }

    /// <summary>Why, or why not.</summary>
    public required string PassthroughReason { get; init; }

    /// <summary>Files that the kernel reads and writes by itself now: those that are open.</summary>
    public required int BackingFiles { get; init; }
    public required DateTimeOffset Started { get; init; }
    public required bool ReadOnly { get; init; }

    /// <summary>Bytes in the largest WRITE.</summary>
    public required uint MaxWrite { get; init; }

    /// <summary>The protocol's minor version.</summary>
    public required uint ProtocolMinor { get; init; }
    public required int Reactors { get; init; }
    public required int OpenFiles { get; init; }

    /// <summary>Inodes without a name that are still open.</summary>
    public required int Orphans { get; init; }

    /// <summary>Requests that wait for a lock.</summary>
    public required int ParkedRequests { get; init; }
    public required int RequestsInFlight { get; init; }

    /// <summary>Resident memory of the daemon, in bytes.</summary>
    public required long ResidentBytes { get; init; }
}

/// <summary>GET /v1/stats: counters since the mount.</summary>
public sealed record StatsReply
{
    public required DateTimeOffset Time { get; init; }
    public required string MountPoint { get; init; }
    public required IReadOnlyList<ReactorStats> Reactors { get; init; }

    /// <summary>Notifications that the kernel refused.</summary>
    public required long RefusedNotifications { get; init; }

    /// <summary>Opcodes that have been served at least once.</summary>
    public required IReadOnlyList<OperationStats> Operations { get; init; }
    public required MemoryStats Memory { get; init; }
    public required MetadataStats Metadata { get; init; }
    public required DataStats Data { get; init; }
}

/// <summary>Counters of a reactor and its queue.</summary>
public sealed record ReactorStats
{
    public required int Index { get; init; }

    /// <summary>The CPU that it is pinned to, or null.</summary>
    public required int? Processor { get; init; }
    public required long Requests { get; init; }
    public required int InFlight { get; init; }
    public required int Slots { get; init; }

    /// <summary>Times that reading stopped because all slots were taken.</summary>
    public required long Starvations { get; init; }
    public required long MalformedRequests { get; init; }
    public required long RefusedReplies { get; init; }

    /// <summary>Turns of the loop.</summary>
    public required long Iterations { get; init; }

    /// <summary>Operations of the ring.</summary>
    public required long RingOperations { get; init; }
    public required long WakeUps { get; init; }

    /// <summary>Times that its thread gave up the CPU to wait: a request that is answered without waiting costs one at most.</summary>
    public required long VoluntarySwitches { get; init; }
}

/// <summary>Counters of an operation. Times are in microseconds; percentiles are upper ends of power-of-two buckets.</summary>
public sealed record OperationStats
{
    public required string Name { get; init; }
    public required long Requests { get; init; }
    public required long Errors { get; init; }

    /// <summary>Bytes of reply bodies.</summary>
    public required long ReplyBytes { get; init; }
    public required double MeanMicroseconds { get; init; }
    public required double MedianMicroseconds { get; init; }
    public required double P99Microseconds { get; init; }
}

/// <summary>Memory of the daemon, in bytes.</summary>
public sealed record MemoryStats
{
    public required long Resident { get; init; }

    /// <summary>The managed heap.</summary>
    public required long ManagedHeap { get; init; }

    /// <summary>All that was ever allocated on the managed heap: it stands still in steady state.</summary>
    public required long ManagedAllocated { get; init; }

    /// <summary>Mapped for request slots; resident only where used.</summary>
    public required long Slots { get; init; }
}

/// <summary>Counters of the metadata engine.</summary>
public sealed record MetadataStats
{
    public required long Commits { get; init; }
    public required long Conflicts { get; init; }
    public required long Batches { get; init; }
    public required long Drains { get; init; }
    public required long DrainedRows { get; init; }
    public required long WriteNanoseconds { get; init; }
    public required long Gets { get; init; }
    public required long Scans { get; init; }
    public required long BlockingReads { get; init; }
    public required long BlockingCommits { get; init; }
    public required long Syncs { get; init; }
    public required long LogSyncs { get; init; }
}

/// <summary>Counters of the data store.</summary>
public sealed record DataStats
{
    public required long Opens { get; init; }
    public required long Hits { get; init; }
    public required long Evictions { get; init; }
    public required int OpenFiles { get; init; }
}

/// <summary>GET /v1/info?path=: what lies behind a path of the mount.</summary>
public sealed record InfoReply
{
    /// <summary>From the root of the volume.</summary>
    public required string Path { get; init; }
    public required ulong Inode { get; init; }

    /// <summary>As in st_mode.</summary>
    public required uint Mode { get; init; }
    public required uint UserId { get; init; }
    public required uint GroupId { get; init; }
    public required uint LinkCount { get; init; }

    /// <summary>Names the file's bytes in the data store; null for what has none.</summary>
    public required ulong? DataId { get; init; }

    /// <summary>The file that holds the bytes; null where there is none (yet).</summary>
    public required string? BackingFile { get; init; }
}

/// <summary>The body of a reply that is no success.</summary>
public sealed record ErrorReply(string Error);

/// <summary>JSON of the control socket.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusReply))]
[JsonSerializable(typeof(StatsReply))]
[JsonSerializable(typeof(InfoReply))]
[JsonSerializable(typeof(ErrorReply))]
public sealed partial class ControlJson : JsonSerializerContext;
