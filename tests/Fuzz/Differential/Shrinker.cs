namespace ByteFuse.Fuzz.Differential;

/// <summary>
/// Delta debugging (after Zeller's ddmin): removes operations from a failing sequence, in ever smaller parts, as long as it still
/// fails in the same way; each attempt on fresh trees. The result is minimal: no single operation can be left out.
/// </summary>
public sealed class Shrinker(SequenceRunner runner, string signature, TextWriter progress)
{
    // Ends a hopeless search (a failure that shows only sometimes); a sequence of 2,000 operations needs some hundred attempts.
    private const int AttemptLimit = 3000;

    private int attempts;

    /// <summary>The smallest sequence found, and the difference it shows.</summary>
    public (Sequence Sequence, Difference Difference) Shrink(Sequence failing, Difference difference)
    {
        var operations = failing.Operations.Where(operation => operation.Round <= difference.Round).ToList();
        var part = Math.Max(operations.Count / 2, 1);
        while (attempts < AttemptLimit)
        {
            var before = operations.Count;
            difference = RemoveParts(failing, operations, part) ?? difference;
            progress.WriteLine($"  {operations.Count} operations left after {attempts} attempts");
            if (part == 1 && operations.Count == before)
                break;
            part = Math.Max(part / 2, 1);
        }
        return (failing.With(operations), difference);
    }

    /// <summary>One sweep from the end (what follows the failure goes first); the difference of the last successful removal.</summary>
    private Difference? RemoveParts(Sequence sequence, List<Operation> operations, int part)
    {
        Difference? shown = null;
        for (var start = operations.Count - part; start > -part && attempts < AttemptLimit; start -= part)
        {
            var first = Math.Max(start, 0);
            var count = Math.Min(start + part, operations.Count) - first;
            var kept = operations.ToList();
            kept.RemoveRange(first, count);
            attempts++;
            if (runner.Run(sequence.With(kept)) is { } difference && difference.Signature == signature)
            {
                operations.RemoveRange(first, count);
                shown = difference;
            }
        }
        return shown;
    }
}
