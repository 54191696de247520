namespace ByteFuse.Metadata.Tests.Histories;

/// <summary>
/// Looks for an order of the operations in which each could have returned what it did, one after the other, and which has every
/// operation after those that had returned before it was invoked (Herlihy and Wing; the search is Wing's and Gong's, with Lowe's
/// memory of states that led nowhere).
/// </summary>
public static class HistoryChecker
{
    public static bool IsLinearizable(IReadOnlyList<HistoryOperation> history) =>
        history.Count <= 64 ? Search(history, 0, new HistoryModel(), []) : throw new ArgumentException("more than 64 operations", nameof(history));

    private static bool Search(IReadOnlyList<HistoryOperation> history, ulong done, HistoryModel model, HashSet<(ulong, string)> fruitless)
    {
        var left = Enumerable.Range(0, history.Count).Where(i => (done & (1UL << i)) == 0).ToList();
        if (left.Count == 0) return true;
        if (!fruitless.Add((done, model.Text))) return false;
        var firstReturn = left.Min(i => history[i].Returned);
        foreach (var i in left)
        {
            if (history[i].Invoked > firstReturn) continue;
            if (model.After(history[i]) is { } next && Search(history, done | (1UL << i), next, fruitless)) return true;
        }
        return false;
    }
}
