namespace ByteFuse.Fuzz;

/// <summary>What the commands take after their folders.</summary>
public sealed record FuzzOptions
{
    /// <summary>Decides every choice; random where none is given, and always printed.</summary>
    public ulong Seed { get; init; } = (ulong)Random.Shared.NextInt64(1_000_000_000);

    /// <summary>Operations to issue; null where none was given.</summary>
    public long? Operations { get; init; }

    /// <summary>Time after which no further case begins; null for none.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Concurrent threads (diff).</summary>
    public int Threads { get; init; } = 4;

    /// <summary>Files at once (data).</summary>
    public int Files { get; init; } = 3;

    /// <summary>Failing cases after which to stop (diff).</summary>
    public int Failures { get; init; } = 1;

    /// <summary>Looks for the fewest operations of a failing case (diff).</summary>
    public bool Shrink { get; init; }

    /// <summary>Makes one fault of its own, which must be noticed (data, dirs).</summary>
    public bool SelfTest { get; init; }

    /// <summary>Issues everything as root: for a mount that lets nobody else in (diff).</summary>
    public bool RootOnly { get; init; }

    /// <summary>Kinds of operations to leave out, by the names of their types (diff).</summary>
    public IReadOnlySet<string> Without { get; init; } = new HashSet<string>();

    /// <summary>The operations to issue: as given, else unbounded where a time is given, else <paramref name="otherwise"/>.</summary>
    public long OperationsOr(long otherwise) => Operations ?? (Duration is null ? otherwise : long.MaxValue);

    /// <summary>True where the given time is over.</summary>
    public bool IsTimeUp(TimeSpan elapsed) => Duration is { } limit && elapsed >= limit;

    /// <summary>Reads `--name value` pairs; throws <see cref="ArgumentException"/> with one clear line.</summary>
    public static FuzzOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new FuzzOptions();
        for (var index = 0; index < arguments.Length; index++)
        {
            var name = arguments[index];
            switch (name)
            {
                case "--shrink":
                    options = options with { Shrink = true };
                    continue;
                case "--root-only":
                    options = options with { RootOnly = true };
                    continue;
                case "--self-test":
                    options = options with { SelfTest = true };
                    continue;
            }
            if (index + 1 == arguments.Length)
                throw new ArgumentException($"{name}: unknown, or its value is missing");
            var value = arguments[++index];
            options = name switch
            {
                "--seed" => options with { Seed = (ulong)Number(name, value, 0) },
                "--operations" => options with { Operations = Number(name, value, 1) },
                "--seconds" => options with { Duration = TimeSpan.FromSeconds(Number(name, value, 1)) },
                "--threads" => options with { Threads = (int)Number(name, value, 1) },
                "--files" => options with { Files = (int)Number(name, value, 1) },
                "--failures" => options with { Failures = (int)Number(name, value, 1) },
                "--without" => options with { Without = value.Split(',').ToHashSet() },
                _ => throw new ArgumentException($"{name}: unknown option"),
            };
        }
        return options;
    }

    private static long Number(string name, string value, long least) =>
        long.TryParse(value, out var number) && number >= least && number <= 1L << 60
            ? number
            : throw new ArgumentException($"{name}: {value} is no number of at least {least}");
}
