using System.Text;

namespace ByteFuse.Metadata.Tests.Histories;

/// <summary>
/// The contract, one operation after the other. Which version a change gets is the engine's business: the model learns it from the
/// first read that sees it, and then holds the engine to it, and to growing ones.
/// </summary>
public sealed class HistoryModel
{
    private readonly SortedDictionary<string, Entry> entries = new(StringComparer.Ordinal);

    public HistoryModel()
    {
    }

    private HistoryModel(HistoryModel other)
    {
        foreach (var (key, entry) in other.entries) entries.Add(key, entry);
    }

    /// <summary>The state as text, equal for equal states.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder();
            foreach (var (key, entry) in entries) text.Append(key).Append('=').Append(entry).Append(';');
            return text.ToString();
        }
    }

    /// <summary>The model after an operation; null where what the operation returned could not come of this state.</summary>
    public HistoryModel? After(HistoryOperation operation)
    {
        var next = new HistoryModel(this);
        if (operation.Keys is not null) return operation.Seen.All(next.Sees) ? next : null;
        if (operation.Prefix is { } prefix)
        {
            var there = entries.Where(pair => pair.Value.Value is not null && pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair => pair.Key);
            return there.SequenceEqual(operation.Seen.Select(row => row.Key)) && operation.Seen.All(next.Sees) ? next : null;
        }
        if (operation.Conditions.FindIndex(condition => !Holds(condition)) != operation.Failed) return null;
        if (operation.Failed < 0) operation.Changes.ForEach(next.Apply);
        return next;
    }

    private bool Sees(SeenRow row)
    {
        var entry = entries.GetValueOrDefault(row.Key);
        if (entry.Value != row.Value) return false;
        if (row.Value is null || entry.Version == row.Version) return true;
        if (entry.Version != 0 || row.Version <= entry.Before) return false;
        entries[row.Key] = entry with { Version = row.Version, Before = row.Version };
        return true;
    }

    private bool Holds(HistoryCondition condition)
    {
        var entry = entries.GetValueOrDefault(condition.Key);
        return condition.Kind switch
        {
            PreconditionKind.Absent => entry.Value is null,
            PreconditionKind.Exists => entry.Value is not null,
            // Somebody has read this version, and so the model knows it as long as the key has it.
            PreconditionKind.Version => entry.Value is not null && entry.Version == condition.Version,
            _ => !entries.Any(pair => pair.Value.Value is not null && pair.Key.StartsWith(condition.Key, StringComparison.Ordinal)),
        };
    }

    private void Apply(HistoryChange change)
    {
        var entry = entries.GetValueOrDefault(change.Key);
        entries[change.Key] = new Entry(change.Kind switch
        {
            MutationKind.Put => change.Value,
            MutationKind.Delete => null,
            _ => $"{(entry.Value is null ? 0 : long.Parse(entry.Value)) + change.Operand}",
        }, 0, entry.Before);
    }

    // The version is 0 until it is known; the last known one of any earlier value is kept.
    private readonly record struct Entry(string? Value, ulong Version, ulong Before);
}
