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
/// <param name="RequestsInFlight">Null where its daemon does not say.</param>
internal sealed record MountLine(
    string Id, string MountPoint, string Source, int Pid, string Transport, DateTimeOffset Started, string State, string? LogFile, int? RequestsInFlight);

/// <summary>What status prints.</summary>
/// <param name="Daemon">The node's daemon; null where none runs.</param>
/// <param name="Keeper">What keeps mounts while the daemon is replaced.</param>
/// <param name="Mounts">All mounts, those of daemons in the foreground and of dead ones included.</param>
internal sealed record StatusReport(DaemonReply? Daemon, KeeperReport Keeper, IReadOnlyList<MountLine> Mounts);

/// <summary>The keeper in what status prints.</summary>
/// <param name="Pid">Null where there is none.</param>
internal sealed record KeeperReport(int? Pid);

/// <summary>What fsck prints.</summary>
internal sealed record FsckReport(
    string Url, bool Clean, string? Error, long Inodes, long Names, long Orphans, long StoredFiles, long Strays, long Found, long Repaired,
    IReadOnlyList<string> Problems);

/// <summary>What dump prints.</summary>
internal sealed record DumpReport(string Url, string File, long Rows);

/// <summary>What load prints.</summary>
/// <param name="LacksBytes">True where the volume's directory has no bytes of any file.</param>
internal sealed record LoadReport(string Url, string Identity, long Rows, bool LacksBytes);

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
[JsonSerializable(typeof(DumpReport))]
[JsonSerializable(typeof(LoadReport))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(MdtestReport))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(MountState))]
[JsonSerializable(typeof(MountReply))]
[JsonSerializable(typeof(StatsReply))]
[JsonSerializable(typeof(InfoReply))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>Prints a value as JSON.</summary>
    public static void Print<T>(T value, JsonTypeInfo<T> type) => Console.Out.WriteLine(JsonSerializer.Serialize(value, type));
}
