using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ByteFuse.Daemon;

namespace ByteFuse.Cli;

/// <summary>What format prints.</summary>
internal sealed record FormatReport(string Url, string Identity, int Format, DateTimeOffset Formatted);

/// <summary>What umount prints.</summary>
internal sealed record UmountReport(string MountPoint);

/// <summary>A mount in what status prints.</summary>
internal sealed record MountReport(
    string Id, string MountPoint, string Source, int Pid, string Transport, DateTimeOffset Started, string State, string? LogFile);

/// <summary>What status prints.</summary>
internal sealed record StatusReport(IReadOnlyList<MountReport> Mounts);

/// <summary>What fsck prints.</summary>
internal sealed record FsckReport(
    string Url, bool Clean, string? Error, long Inodes, long Names, long Orphans, long StoredFiles, long Strays, long Found, long Repaired,
    IReadOnlyList<string> Problems);

/// <summary>A mount in what doctor prints.</summary>
internal sealed record DoctorMount(
    string MountPoint, string Transport, string Why, string? Advice, bool Passthrough, string? PassthroughWhy, string? PassthroughAdvice);

/// <summary>What doctor prints.</summary>
internal sealed record DoctorReport(IReadOnlyList<MachineCheck> Machine, IReadOnlyList<DoctorMount> Mounts);

/// <summary>JSON that commands print.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FormatReport))]
[JsonSerializable(typeof(UmountReport))]
[JsonSerializable(typeof(FsckReport))]
[JsonSerializable(typeof(MdtestReport))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(MountState))]
[JsonSerializable(typeof(StatusReply))]
[JsonSerializable(typeof(StatsReply))]
[JsonSerializable(typeof(InfoReply))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>Prints a value as JSON.</summary>
    public static void Print<T>(T value, JsonTypeInfo<T> type) => Console.Out.WriteLine(JsonSerializer.Serialize(value, type));
}
