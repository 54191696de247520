namespace ByteFuse.Daemon.Tests;

/// <summary>Sizes as users type them.</summary>
public sealed class ByteCountTests
{
    [Theory]
    [InlineData("0", 1, 0, "0")]
    [InlineData("4097", 1, 4097, "4097")]
    [InlineData("7", 1 << 10, 7 << 10, "7K")]
    [InlineData("2048k", 1, 2 << 20, "2M")]
    [InlineData("1M", 1 << 10, 1 << 20, "1M")]
    [InlineData("4294967295G", 1, 4294967295L << 30, "4294967295G")]
    public void Numbers_and_units_are_read(string text, long unit, long bytes, string shortest)
    {
        Assert.True(ByteCount.TryParse(text, unit, out var parsed));
        Assert.Equal(bytes, parsed);
        Assert.Equal(shortest, ByteCount.Format(bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-1")]
    [InlineData("1.5M")]
    [InlineData("1MB")]
    [InlineData("4294967296")]
    public void Everything_else_is_not(string text) => Assert.False(ByteCount.TryParse(text, 1, out _));
}
