using System.Text.Json.Serialization;

namespace ByteFuse.Daemon;

/// <summary>What a running daemon leaves in the run directory for the other commands to find it by.</summary>
public sealed record MountState
{
    /// <summary>Names the files of the mount.</summary>
    public required string Id { get; init; }

    /// <summary>Where it is mounted.</summary>
    public required string MountPoint { get; init; }

    /// <summary>The volume's URL.</summary>
    public required string Source { get; init; }

    /// <summary>What -o said, comma-separated: enough to mount it again in the same way.</summary>
    public string Options { get; init; } = "";

    /// <summary>The identity of the connection to the kernel, which names its records in the volume; in hexadecimal.</summary>
    public string? ConnectionId { get; init; }

    /// <summary>The daemon's process.</summary>
    public required int Pid { get; init; }

    /// <summary>How requests come: classic (/dev/fuse) or uring.</summary>
    public required string Transport { get; init; }

    /// <summary>Why that one.</summary>
    public required string TransportReason { get; init; }

    /// <summary>How to get the better one; null where it is the one.</summary>
    public string? TransportAdvice { get; init; }

    /// <summary>True where the kernel reads and writes files by itself.</summary>
    public bool Passthrough { get; init; }

    /// <summary>Why, or why not; null in files of earlier versions.</summary>
    public string? PassthroughReason { get; init; }

    /// <summary>How to have it; null where it is so.</summary>
    public string? PassthroughAdvice { get; init; }

    /// <summary>Where the entries of io_uring are mapped, for a successor to map them there too; null without.</summary>
    public long? EntryAddress { get; init; }

    /// <summary>Bytes mapped there.</summary>
    public long? EntryLength { get; init; }

    /// <summary>When the mount became ready.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The control socket.</summary>
    public required string ControlSocket { get; init; }

    /// <summary>The log file, or null where lines go to stderr or syslog.</summary>
    public string? LogFile { get; init; }
}

/// <summary>JSON of the files in the run directory.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MountState))]
internal sealed partial class MountStateJson : JsonSerializerContext;
