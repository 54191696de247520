using System.Text.Json.Serialization;

namespace ByteFuse.Daemon;

/// <summary>
/// A packet between keeper and daemon, as JSON; descriptors come beside it. The daemon asks and the keeper answers, one at a time.
/// Members are only added, and those that a reader does not know are ignored (docs/keeping.md).
/// </summary>
internal sealed record KeeperMessage
{
    /// <summary>The protocol that this version speaks.</summary>
    public const int CurrentProtocol = 2;

    /// <summary>The first one with <see cref="Prepare"/>.</summary>
    public const int StandbyProtocol = 2;

    /// <summary>Bytes of the longest packet: a mount's options take a page at most, its paths another two each.</summary>
    public const int MaximumLength = 64 << 10;

    /// <summary>
    /// The daemon's first question: it is ready to go on with all that there is. <see cref="Protocol"/>, <see cref="Pid"/>. One that stands
    /// by is answered when it is to become the daemon.
    /// </summary>
    public const string Hello = "hello";

    /// <summary>Its answer: <see cref="Protocol"/>, <see cref="Pid"/>, <see cref="Generation"/>, <see cref="Restarts"/>, and the witness.</summary>
    public const string Welcome = "welcome";

    /// <summary>Keep this mount, in the place of an earlier record of its connection: <see cref="Mount"/> and its descriptors.</summary>
    public const string Keep = "keep";

    /// <summary>The mount is gone: <see cref="Connection"/>.</summary>
    public const string Release = "release";

    /// <summary>Give back everything that is kept; answered when nothing of the daemon before is running any more.</summary>
    public const string Take = "take";

    /// <summary>One of the answers to <see cref="Take"/>: <see cref="Mount"/> and its descriptors. <see cref="Done"/> follows the last.</summary>
    public const string Kept = "kept";

    /// <summary>It goes on with all that it was given, and answers: it can be relied on.</summary>
    public const string Serving = "serving";

    /// <summary>
    /// Start a daemon of <see cref="Program"/> that stands by: the present one will soon die for it. Answered at once; asked again until
    /// the answer says <see cref="Ready"/>, or why there is none.
    /// </summary>
    public const string Prepare = "prepare";

    /// <summary>It is about to die for a successor that is to be started from <see cref="Program"/>.</summary>
    public const string Upgrade = "upgrade";

    /// <summary>Who keeps: the answer has <see cref="Pid"/>.</summary>
    public const string Who = "who";

    /// <summary>The run directory's lock, where the keeper has it: beside the answer.</summary>
    public const string Lock = "lock";

    /// <summary>
    /// A daemon's first word to a keeper that it started, as its own is gone: <see cref="Pid"/>, <see cref="Program"/>,
    /// <see cref="Generation"/>, <see cref="Restarts"/>; the read end of its witness, and the lock where it has it. The answer is a
    /// <see cref="Welcome"/> without anything beside it, and it gives its mounts anew.
    /// </summary>
    public const string Adopt = "adopt";

    /// <summary>One keeper's first word to another: let me go on in your place.</summary>
    public const string Succeed = "succeed";

    /// <summary>
    /// Its answer: as <see cref="Adopt"/>, with <see cref="Arguments"/> and before the other descriptors the end of the daemon's socket.
    /// <see cref="Kept"/> follows for each mount, then <see cref="Done"/>, which both say once more.
    /// </summary>
    public const string Estate = "estate";

    /// <summary>It was done.</summary>
    public const string Done = "done";

    /// <summary>It was not: <see cref="Problem"/>.</summary>
    public const string Refused = "refused";

    /// <summary>One of the above.</summary>
    public required string Kind { get; init; }

    public int Protocol { get; init; }

    public int Pid { get; init; }

    public int Generation { get; init; }

    public IReadOnlyList<KeeperRestart>? Restarts { get; init; }

    public KeptMountRecord? Mount { get; init; }

    public string? Connection { get; init; }

    public string? Program { get; init; }

    public IReadOnlyList<string>? Arguments { get; init; }

    public bool Ready { get; init; }

    public bool NoStandby { get; init; }

    public string? Problem { get; init; }
}

/// <summary>The end of a daemon, and that it was started again.</summary>
/// <param name="Time">When it ended.</param>
/// <param name="Reason">Its exit code, the signal that killed it, or <see cref="UpgradeTo"/>.</param>
/// <param name="LivedMs">How long it had run, in milliseconds.</param>
public sealed record KeeperRestart(DateTimeOffset Time, string Reason, long LivedMs)
{
    /// <summary>The reason of a daemon that ended for the one of another program, which then came to serve.</summary>
    public static string UpgradeTo(string program) => $"upgrade to {program}";
}

/// <summary>What keeper and daemon say to each other, as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(KeeperMessage))]
[JsonSerializable(typeof(KeptMountRecord))]
internal sealed partial class KeeperJson : JsonSerializerContext;
