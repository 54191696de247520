using ByteFuse.Linux;

namespace ByteFuse.Fuzz.Differential;

/// <summary>Runs a sequence on fresh trees of both folders, round by round, and finds the first disagreement.</summary>
public sealed class SequenceRunner(string folderA, string folderB)
{
    // Comparing trees costs as much as some hundred operations, so it is done every few rounds and at the end.
    private const int RoundsPerCheckpoint = 8;

    private readonly Dictionary<string, long> frequencies = [];

    /// <summary>Operations issued on each side so far, for reports.</summary>
    public long Issued { get; private set; }

    /// <summary>How often each error came on side A, most frequent first: a fuzzer whose calls all fail tests nothing.</summary>
    public string Frequencies =>
        string.Join(", ", frequencies.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {pair.Value}"));

    /// <summary>Runs the sequence; null where both sides agree throughout.</summary>
    public Difference? Run(Sequence sequence)
    {
        using var sideA = new Side(folderA, sequence.Lanes);
        using var sideB = new Side(folderB, sequence.Lanes);
        var round = 0;
        foreach (var group in sequence.Operations.GroupBy(operation => operation.Round))
        {
            round = group.Key;
            var operations = group.ToArray();
            var difference = CompareOutcomes(operations, sideA.RunRound(operations), sideB.RunRound(operations));
            if (difference is null && round % RoundsPerCheckpoint == RoundsPerCheckpoint - 1)
                difference = CompareTrees(sideA, sideB, round);
            if (difference is not null)
                return difference;
        }
        // Trees with files still open and unlinked, and again when those are gone.
        if (CompareTrees(sideA, sideB, round) is { } open)
            return open;
        sideA.CloseAll();
        sideB.CloseAll();
        return CompareTrees(sideA, sideB, round);
    }

    private static Difference? CompareTrees(Side sideA, Side sideB, int round) =>
        TreeSnapshot.Of(sideA).FirstDifference(TreeSnapshot.Of(sideB), round);

    private Difference? CompareOutcomes(Operation[] operations, Outcome[] outcomesA, Outcome[] outcomesB)
    {
        Issued += operations.Length;
        foreach (var outcome in outcomesA)
        {
            var kind = outcome == Outcome.Nothing ? "empty slot" : outcome.Error == Errno.None ? "success" : outcome.Error.ToString();
            frequencies[kind] = frequencies.GetValueOrDefault(kind) + 1;
        }
        for (var index = 0; index < operations.Length; index++)
        {
            var (operation, a, b) = (operations[index], outcomesA[index], outcomesB[index]);
            if (a == b)
                continue;
            var signature = $"{operation.GetType().Name}: {a.Error} / {b.Error}";
            return new Difference(signature, $"{operation}\n  A: {a}\n  B: {b}", operation.Round);
        }
        return null;
    }
}
