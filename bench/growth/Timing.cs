using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.GrowthBench;

/// <summary>Times calls, and has the first failure of one end the run.</summary>
public static class Timing
{
    /// <summary>Rounds of each figure, whose median counts.</summary>
    public const int Rounds = 5;

    /// <summary>Microseconds per call: the median over the rounds of the mean in each. The first round is not counted: it warms up.</summary>
    /// <param name="calls">Calls in a round.</param>
    /// <param name="call">Told which call of all rounds it is; a negative error number ends the run.</param>
    /// <param name="before">Before each round, off the clock.</param>
    public static double Median(int calls, Func<int, long> call, Action? before = null)
    {
        var means = new List<double>();
        for (int round = 0; round <= Rounds; round++)
        {
            before?.Invoke();
            double mean = Mean(calls, i => call((round * calls) + i));
            if (round > 0)
                means.Add(mean);
        }
        return Median(means);
    }

    /// <summary>Microseconds per call of one round.</summary>
    public static double Mean(int calls, Func<int, long> call)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
            Check(call(i));
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The result of a call; an exception where it is an error.</summary>
    public static long Check(long result) =>
        result >= 0 ? result : throw new InvalidOperationException($"a measured call failed: {Abi.ErrnoName(result)}");
}
