namespace ByteFuse.Testing;

/// <summary>
/// Counts the outcomes of a suite. Failures are printed with their details as they occur, each group gets one line, and the
/// closing line is exactly "N passed, N failed, N skipped". Safe to use from several threads.
/// </summary>
public sealed class SuiteReport(TextWriter output)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, List<string>> _skipped = [];
    private string? _group;
    private int _passedBefore, _failedBefore, _skippedBefore;

    public SuiteReport()
        : this(Console.Out)
    {
    }

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped { get; private set; }

    /// <summary>1 if anything failed, or if nothing ran at all; else 0.</summary>
    public int ExitCode => Failed > 0 || Passed == 0 ? 1 : 0;

    /// <summary>Begins a group and prints the line of the one before.</summary>
    public void Group(string name)
    {
        lock (_gate)
        {
            EndGroup();
            _group = name;
            (_passedBefore, _failedBefore, _skippedBefore) = (Passed, Failed, Skipped);
        }
    }

    public void Pass(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        lock (_gate)
            Passed++;
    }

    public void Fail(string name, string details)
    {
        lock (_gate)
        {
            Failed++;
            output.WriteLine($"FAILED {name}");
            foreach (string line in details.TrimEnd().Split('\n'))
                output.WriteLine($"    {line}");
            output.Flush();
        }
    }

    public void Skip(string name, string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        lock (_gate)
        {
            Skipped++;
            if (!_skipped.TryGetValue(reason, out List<string>? names))
                _skipped[reason] = names = [];
            names.Add(name);
        }
    }

    /// <summary>Prints what was skipped and why, then the closing line; the result is the exit code.</summary>
    public int Close()
    {
        lock (_gate)
        {
            EndGroup();
            foreach ((string reason, List<string> names) in _skipped)
                output.WriteLine($"skipped: {reason}\n    {string.Join("\n    ", names)}");
            output.WriteLine($"{Passed} passed, {Failed} failed, {Skipped} skipped");
            output.Flush();
            return ExitCode;
        }
    }

    private void EndGroup()
    {
        if (_group is null)
            return;
        output.WriteLine(
            $"{_group}: {Passed - _passedBefore} passed, {Failed - _failedBefore} failed, {Skipped - _skippedBefore} skipped");
        output.Flush();
        _group = null;
    }
}
