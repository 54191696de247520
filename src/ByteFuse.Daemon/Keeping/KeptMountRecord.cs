using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ByteFuse.Linux;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Daemon;

/// <summary>
/// What a daemon tells the keeper about a mount, and a successor is told: all that is not in the mount's memory
/// (<see cref="FileSystem.ConnectionMemory"/>) and that the kernel does not know. As JSON it is a format (docs/keeping.md): members are
/// only added, readers ignore those that they do not know, and a higher <see cref="Format"/> is refused.
/// </summary>
public sealed record KeptMountRecord
{
    /// <summary>The format that this version writes.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format of the record.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Identity of the kernel connection, 32 hexadecimal digits: names the record.</summary>
    public required string Connection { get; init; }

    /// <summary>The volume.</summary>
    public required string Url { get; init; }

    /// <summary>Where it is mounted; canonical.</summary>
    public required string MountPoint { get; init; }

    /// <summary>What -o said, comma-separated.</summary>
    public string Options { get; init; } = "";

    /// <summary>The inode that nodeid 1 stands for.</summary>
    public ulong RootInode { get; init; }

    /// <summary>How requests come: classic or uring.</summary>
    public required string Transport { get; init; }

    /// <summary>The entries of io_uring; null without.</summary>
    public KeptEntries? Entries { get; init; }

    /// <summary>When it was mounted.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>What the descriptors are that come with the record, in their order: the names of <see cref="KeptDescriptor"/>.</summary>
    public required IReadOnlyList<string> Descriptors { get; init; }

    /// <summary>What a later version added: a keeper gives it back as it came.</summary>
    // Not init: what a constructor sets cannot be such a member (System.Text.Json).
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Later { get; set; }

    /// <summary><see cref="Connection"/> as the number that it is.</summary>
    public static UInt128 ParseConnection(string digits) => UInt128.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>A connection's number as <see cref="Connection"/> has it.</summary>
    public static string FormatConnection(UInt128 connection) => connection.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>Where the kernel knows a mount's entries of io_uring to be, and how their memory is divided.</summary>
/// <param name="Address">Where it is mapped, in each daemon.</param>
/// <param name="Queues">As <see cref="UringPlan"/>.</param>
/// <param name="Depth">As <see cref="UringPlan"/>.</param>
/// <param name="PayloadLength">As <see cref="UringPlan"/>.</param>
public sealed record KeptEntries(long Address, int Queues, int Depth, int PayloadLength)
{
    /// <summary>What a successor has to be told of entries.</summary>
    public static KeptEntries Of(UringMemory entries) => new(entries.Address, entries.Plan.Queues, entries.Plan.Depth, entries.Plan.PayloadLength);

    /// <summary>Maps them where they were; the descriptor is the memory's where this succeeds.</summary>
    public Errno TryMap(int descriptor, out UringMemory? entries) =>
        UringMemory.TryTakeOver(new UringPlan(Queues, Depth, PayloadLength), (nint)Address, descriptor, out entries);
}
