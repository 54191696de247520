using ByteFuse.Testing;

namespace ByteFuse.Crash;

/// <summary>The check checked: what it must accept and what it must refuse, on journals written by hand.</summary>
public static class CheckerTest
{
    private static readonly Operation Create = new(OperationKind.Create, "a");
    private static readonly Operation Write = new(OperationKind.Write, "a", Offset: 0, Length: 8, Seed: 1);
    private static readonly Operation Fsync = new(OperationKind.Fsync, "a");
    private static readonly Operation Rewrite = new(OperationKind.Write, "a", Offset: 4, Length: 8, Seed: 2);
    private static readonly Operation Truncate = new(OperationKind.Truncate, "a", Offset: 2);
    private static readonly Operation Unlink = new(OperationKind.Unlink, "a");
    private static readonly Operation Rename = new(OperationKind.Rename, "a", Target: "b");

    public static void Run(SuiteReport report)
    {
        report.Group("checker");
        byte[] before = Write.Bytes();
        byte[] after = [.. before[..4], .. Rewrite.Bytes()];
        byte[] torn = [.. before[..4], .. Rewrite.Bytes()[..2], .. before[6..]];
        byte[] wrong = [.. before[..7], (byte)(before[7] ^ 2)];

        // The daemon was killed: all that was acknowledged, and no more than the operation in flight.
        Operation[] journal = [Create, Write];
        Case(report, true, "acknowledged", journal, null, Files(("a", before)), Killed(2));
        Case(report, false, "acknowledged write lost", journal, null, Files(("a", [])), Killed(2));
        Case(report, false, "acknowledged file lost", journal, null, Files(), Killed(2));
        Case(report, false, "one bit", journal, null, Files(("a", wrong)), Killed(2));
        Case(report, false, "file from nowhere", journal, null, Files(("a", before), ("c", [])), Killed(2));
        Case(report, true, "in flight, done", journal, Rewrite, Files(("a", after)), Killed(2));
        Case(report, true, "in flight, not done", journal, Rewrite, Files(("a", before)), Killed(2));
        Case(report, true, "in flight, in part", journal, Rewrite, Files(("a", torn)), Killed(2));
        Case(report, true, "rename in flight", journal, Rename, Files(("b", before)), Killed(2));
        Case(report, false, "rename made two of one", journal, Rename, Files(("a", before), ("b", before)), Killed(2));
        Case(report, false, "rename lost the file", journal, Rename, Files(), Killed(2));

        // Old metadata, new data: what came after the metadata must not have harmed what it names.
        Operation[] deleted = [Create, Write, Unlink];
        Case(report, true, "deletion not durable, bytes there", deleted, null, Files(("a", before)), new Allowance(2, 2, false));
        Case(report, false, "deletion not durable, bytes gone", deleted, null, Files(("a", new byte[8])), new Allowance(2, 2, false));
        Operation[] truncated = [Create, Write, Truncate];
        Case(report, false, "truncate not durable, bytes gone", truncated, null, Files(("a", [.. before[..2], 0, 0, 0, 0, 0, 0])), new Allowance(2, 2, false));

        // The power was cut: from the last fsync on anything in order, before it nothing lost.
        Operation[] synced = [Create, Write, Fsync, Rewrite];
        Case(report, true, "after fsync, lost", synced, null, Files(("a", before)), new Allowance(3, 4, true));
        Case(report, true, "after fsync, kept", synced, null, Files(("a", after)), new Allowance(3, 4, true));
        Case(report, true, "after fsync, grown by a hole", synced, null, Files(("a", [.. before, 0, 0, 0, 0])), new Allowance(3, 4, true));
        Case(report, false, "fsynced bytes lost", synced, null, Files(("a", [.. new byte[4], .. before[4..]])), new Allowance(3, 4, true));
        Case(report, false, "fsynced size lost", synced, null, Files(("a", before[..7])), new Allowance(3, 4, true));
        Case(report, false, "fsynced file lost", synced, null, Files(), new Allowance(3, 4, true));
        Case(report, true, "never fsynced, a hole", [Create, Write], null, Files(("a", new byte[3])), new Allowance(0, 2, true));
        Case(report, false, "never fsynced, foreign bytes", [Create, Write], null, Files(("a", wrong)), new Allowance(0, 2, true));
    }

    private static Allowance Killed(int length) => new(length, length, DataSinceFsync: false);

    private static Dictionary<string, byte[]> Files(params (string Name, byte[] Bytes)[] files) =>
        files.ToDictionary(file => file.Name, file => file.Bytes);

    private static void Case(
        SuiteReport report, bool accept, string name, Operation[] journal, Operation? inFlight,
        Dictionary<string, byte[]> found, Allowance allowance)
    {
        string? problem = DirectoryCheck.Explain(new Dictionary<string, byte[]>(), journal, inFlight, found, allowance);
        if (problem is null == accept)
            report.Pass($"checker: {name}");
        else
            report.Fail($"checker: {name}", problem ?? "accepted");
    }
}
