namespace ByteFuse.Fuzz;

/// <summary>What the commands take after their folders.</summary>
public sealed record FuzzOptions
{
    /// <summary>Decides every choice; random where none is given, and always printed.</summary>
    public ulong Seed { get; init; } = (ulong)Random.Shared.NextInt64(1_000_000_000);

    /// <summary>Operations to issue; unbounded where only a time is given.</summary>
    public long Operations { get; init; } = 20_000;

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

    /// <summary>Corrupts the model once: the run must fail (data).</summary>
    public bool SelfTest { get; init; }

    /// <summary>Kinds of operations to leave out (diff).</summary>
    public IReadOnlySet<string> Without { get; init; } = new HashSet<string>();

    /// <summary>True where enough has been done.</summary>
    public bool IsOver(long done, TimeSpan elapsed) => done >= Operations || (Duration is { } limit && elapsed >= limit);

    /// <summary>How many operations remain.</summary>
    public long OperationsLeft(long done) => Operations - done;

    /// <summary>Reads `--name value` pairs; throws <see cref="ArgumentException"/> with one clear line.</summary>
    public static FuzzOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new FuzzOptions();
        var operationsGiven = false;
        for (var index = 0; index < arguments.Length; index++)
        {
            var name = arguments[index];
            switch (name)
            {
                case "--shrink":
                    options = options with { Shrink = true };
                    continue;
                case "--self-test":
                    options = options with { SelfTest = true };
                    continue;
            }
            if (index + 1 == arguments.Length)
                throw new ArgumentException($"{name}: unknown, or its value is missing");
            var value = arguments[++index];
            operationsGiven |= name == "--operations";
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
        return options.Duration is not null && !operationsGiven ? options with { Operations = long.MaxValue } : options;
    }

    private static long Number(string name, string value, long least) =>
        long.TryParse(value, out var number) && number >= least && number <= 1L << 60
            ? number
            : throw new ArgumentException($"{name}: {value} is no number of at least {least}");
}
