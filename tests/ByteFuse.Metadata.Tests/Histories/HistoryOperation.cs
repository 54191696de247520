using System.Text;

namespace ByteFuse.Metadata.Tests.Histories;

/// <summary>A key as a read or a scan returned it; no value where it was absent.</summary>
public readonly record struct SeenRow(string Key, string? Value, ulong Version);

/// <summary>A precondition of a commit; the version that of an earlier read.</summary>
public readonly record struct HistoryCondition(PreconditionKind Kind, string Key, ulong Version);

/// <summary>A mutation of a commit: the value of a put, or what is added to field 0 of a counter.</summary>
public readonly record struct HistoryChange(MutationKind Kind, string Key, string Value, long Operand);

/// <summary>One operation of a history: what was asked, when, and what came back.</summary>
public sealed class HistoryOperation
{
    /// <summary>The keys of a read; null for other operations.</summary>
    public string[]? Keys { get; init; }

    /// <summary>The prefix of a scan; null for other operations.</summary>
    public string? Prefix { get; init; }

    /// <summary>Preconditions of a commit.</summary>
    public List<HistoryCondition> Conditions { get; } = [];

    /// <summary>Mutations of a commit.</summary>
    public List<HistoryChange> Changes { get; } = [];

    /// <summary>Before it was asked for, on the clock of the history, which counts beginnings and ends.</summary>
    public long Invoked { get; set; }

    /// <summary>After it had returned.</summary>
    public long Returned { get; set; }

    /// <summary>What a read or scan returned.</summary>
    public List<SeenRow> Seen { get; } = [];

    /// <summary>The precondition that failed; -1 where a commit was applied.</summary>
    public int Failed { get; set; } = -1;

    public override string ToString()
    {
        var text = new StringBuilder($"[{Invoked}-{Returned}] ");
        if (Keys is not null) text.Append($"get {string.Join(' ', Keys)}");
        else if (Prefix is not null) text.Append($"scan {Prefix}");
        else text.Append($"commit if ({string.Join(' ', Conditions.Select(c => $"{c.Kind} {c.Key} {c.Version}"))}) do ({string.Join(' ', Changes.Select(c => $"{c.Kind} {c.Key} {c.Value}{c.Operand}"))})");
        return text.Append($" -> {(Keys is null && Prefix is null ? Failed : "")}{string.Join(' ', Seen.Select(s => $"{s.Key}={s.Value ?? "absent"}@{s.Version}"))}").ToString();
    }
}
