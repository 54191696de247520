namespace ByteFuse.MountBench;

/// <summary>What a ratio has to be.</summary>
public enum Sense
{
    AtLeast,
    AtMost,
}

/// <summary>A bar that ByteFUSE has to clear: a figure of one target against that of another in the same run.</summary>
/// <param name="Run">The run that decides it: the name of its group.</param>
/// <param name="Figure">What is compared.</param>
/// <param name="Target">Ours.</param>
/// <param name="Peer">What it is divided by.</param>
/// <param name="Sense">Whether more or less is better.</param>
/// <param name="Required">The ratio.</param>
public sealed record Bar(string Run, string Figure, string Target, string Peer, Sense Sense, double Required)
{
    /// <summary>Null where the run did not measure both.</summary>
    public BarResult? Judge(Run run)
    {
        Figure? ours = Find(run, Target), theirs = Find(run, Peer);
        if (ours is null || theirs is null)
            return null;
        // Within the round: what slowed one down may have slowed the other.
        double[] ratios = [.. ours.Rounds.Zip(theirs.Rounds, (our, their) => our / their)];
        double median = Statistics.Median(ratios);
        return new BarResult(this, median, ratios, Sense == Sense.AtLeast ? median >= Required : median <= Required);
    }

    private Figure? Find(Run run, string target) => run.Figures.FirstOrDefault(figure => figure.Name == Figure && figure.Target == target);
}

/// <summary>How a bar fared.</summary>
/// <param name="Bar">Which.</param>
/// <param name="Median">Of the rounds' ratios.</param>
/// <param name="Rounds">The ratio within each round.</param>
/// <param name="Met">Whether the median clears it.</param>
public sealed record BarResult(Bar Bar, double Median, IReadOnlyList<double> Rounds, bool Met);
