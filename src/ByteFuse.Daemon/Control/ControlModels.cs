using System.Text.Json.Serialization;

namespace ByteFuse.Daemon;

/// <summary>GET /v1/status: what a daemon is.</summary>
public sealed record DaemonReply
{
    public required int Pid { get; init; }
    public required string Version { get; init; }
    public required DateTimeOffset Started { get; init; }

    /// <summary>"node" for the node's daemon, "mount" for one that serves a mount in the foreground.</summary>
    public required string Kind { get; init; }

    /// <summary>The process that keeps the mounts while the daemon is replaced; null where there is none.</summary>
    public required int? KeeperPid { get; init; }

    /// <summary>The program that it runs.</summary>
    public required string Program { get; init; }

    /// <summary>True where it stood by before it became the daemon.</summary>
    public required bool StoodBy { get; init; }

    /// <summary>How the latest daemons before this one ended, oldest first.</summary>
    public required IReadOnlyList<KeeperRestart> Restarts { get; init; }

    /// <summary>What the process has given up, and what it may still do.</summary>
    public required SandboxReport Sandbox { get; init; }

    /// <summary>What /proc/PID/ns/mnt names: mounts are seen in this namespace.</summary>
    public required string MountNamespace { get; init; }
    public required string RunDirectory { get; init; }
    public required int Reactors { get; init; }
    public required long BusyPollMicroseconds { get; init; }
    public required string? LogFile { get; init; }
    /// <summary>error, warning or information.</summary>
    public required string LogLevel { get; init; }

    /// <summary>Seconds for which it stays without a mount; null for ever.</summary>
    public required double? IdleTimeoutSeconds { get; init; }

    /// <summary>Bytes for the payloads of io_uring's entries, and those that no mount has.</summary>
    public required long UringMemory { get; init; }
    public required long UringMemoryLeft { get; init; }
    public required int Mounts { get; init; }

    /// <summary>Resident memory of the daemon, in bytes.</summary>
    public required long ResidentBytes { get; init; }
}

/// <summary>GET /v1/health.</summary>
/// <param name="Status">"ok": every reactor answers; "stuck": one of them does not.</param>
/// <param name="Reactors">Reactors that answered.</param>
/// <param name="Sandbox">on, off, or partial where something of it is not in force: /v1/status says what.</param>
public sealed record HealthReply(string Status, int Reactors, string Sandbox);

/// <summary>POST /v1/mounts.</summary>
public sealed record MountRequest
{
    /// <summary>The volume: file:///DIRECTORY.</summary>
    public string? Url { get; init; }

    /// <summary>An absolute path.</summary>
    public string? MountPoint { get; init; }

    /// <summary>Mount options, as after -o; paths in them are absolute. Null for none.</summary>
    public IReadOnlyList<string?>? Options { get; init; }
}

/// <summary>POST /v1/upgrade.</summary>
/// <param name="Program">The program of the next daemon, an absolute path; it is started as this one was.</param>
public sealed record UpgradeRequest(string? Program);

/// <summary>GET /v1/mounts.</summary>
public sealed record MountsReply(IReadOnlyList<MountState> Mounts);

/// <summary>PUT /v1/log-level.</summary>
public sealed record LogLevelRequest(string? Level);

/// <summary>GET /v1/mounts/{id}: what a mount is.</summary>
public sealed record MountReply
{
    public required string Id { get; init; }
    public required string MountPoint { get; init; }
    public required string Source { get; init; }

    /// <summary>As after -o.</summary>
    public required string Options { get; init; }

    /// <summary>False once it has been taken out of the tree and waits for its last user.</summary>
    public required bool IsMounted { get; init; }

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

/// <summary>GET /v1/mounts/{id}/stats: counters since the mount; those of reactors, memory and what moves data are of the daemon.</summary>
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

    /// <summary>What waits for completions of the ring, or will: the entries of all mounts among them.</summary>
    public required int RingSlots { get; init; }

    /// <summary>Times that looking for work before sleeping (busy_poll=) found some, and microseconds of looking in vain.</summary>
    public required long PollsThatPaid { get; init; }
    public required long MicrosecondsPolledInVain { get; init; }

    /// <summary>Times that its thread began to give way to those it serves (give_way=), and that others kept it from running then.</summary>
    public required long GaveWay { get; init; }
    public required long Starved { get; init; }

    /// <summary>Pieces of memory that the ring's kernel side holds on to, and reads and writes of them.</summary>
    public required int RegisteredBuffers { get; init; }
    public required long RegisteredTransfers { get; init; }

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

    /// <summary>From the arrival of each request to its answer, added up: for means between two readings.</summary>
    public required long Nanoseconds { get; init; }
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

    /// <summary>Bytes of files in READ replies and WRITE requests.</summary>
    public required long ServedBytes { get; init; }

    /// <summary>Bytes that a system call moved between the store's files and the memory that requests came with.</summary>
    public required long MovedBytes { get; init; }

    /// <summary>The part of the bytes served that was copied in user space in between.</summary>
    public required double CopiedPerByteServed { get; init; }
}

/// <summary>GET /v1/mounts/{id}/info?path=: what lies behind a path of the mount.</summary>
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
/// <param name="Error">One line for people.</param>
/// <param name="ExitCode">How a command ends that was refused so.</param>
public sealed record ErrorReply(string Error, int ExitCode);

/// <summary>JSON of the control socket.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DaemonReply))]
[JsonSerializable(typeof(HealthReply))]
[JsonSerializable(typeof(MountRequest))]
[JsonSerializable(typeof(UpgradeRequest))]
[JsonSerializable(typeof(MountState))]
[JsonSerializable(typeof(MountsReply))]
[JsonSerializable(typeof(MountReply))]
[JsonSerializable(typeof(StatsReply))]
[JsonSerializable(typeof(InfoReply))]
[JsonSerializable(typeof(LogLevelRequest))]
[JsonSerializable(typeof(ErrorReply))]
public sealed partial class ControlJson : JsonSerializerContext;
