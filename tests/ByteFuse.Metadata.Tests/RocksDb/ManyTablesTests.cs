namespace ByteFuse.Metadata.Tests.RocksDb;

/// <summary>Stores of more tables than the engine opens at once.</summary>
public sealed class ManyTablesTests : RocksDbFixture
{
    // Opening a store opens 16.
    private const int Tables = 40;
    private const int Rows = 10;
    private const int ValueLength = 300;

    [Fact]
    public void Rows_of_tables_that_are_not_open_yet_are_found_and_absent_ones_are_not()
    {
        for (var table = 0; table < Tables; table++) AddTable($"t{table:d2}/", Rows, ValueLength);
        Assert.True(Directory.GetFiles(Folder, "*.sst").Length >= Tables);
        using var host = Open();
        for (var table = 0; table < Tables; table++)
        {
            for (var row = 0; row < Rows; row++)
                Assert.Equal(Incompressible(row, ValueLength), host.Get(StoreHost.Key($"t{table:d2}/{row:d4}"))!.Value.Value);
            Assert.Null(host.Get(StoreHost.Key($"t{table:d2}/0000x")));
        }
        Assert.Empty(Log);
    }

    [Fact]
    public void A_scan_goes_through_all_of_them()
    {
        for (var table = 0; table < Tables; table++) AddTable($"t{table:d2}/", Rows, ValueLength);
        using var host = Open();
        Assert.Equal(Tables * Rows, host.ScanAll(StoreHost.Key("t")).Count);
        Assert.Empty(Log);
    }

    [Fact]
    public void Preconditions_of_tables_that_are_not_open_yet_hold_and_fail_as_they_should()
    {
        for (var table = 0; table < Tables; table++) AddTable($"t{table:d2}/", Rows, ValueLength);
        using var host = Open();
        for (var table = 0; table < Tables; table++)
        {
            Assert.Equal(0, host.Commit(commit => commit.RequireAbsent(StoreHost.Key($"t{table:d2}/0001"))).FailedPrecondition);
            Assert.True(host.Commit(commit => commit.RequireExists(StoreHost.Key($"t{table:d2}/0001"))).Committed);
        }
        Assert.Empty(Log);
    }
}
