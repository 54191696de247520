namespace ByteFuse.Linux.Tests;

public sealed class VoluntarySwitchesTests
{
    [Fact]
    public void A_sleep_counts()
    {
        var before = ProcessCalls.VoluntarySwitches;
        for (var i = 0; i < 10; i++) Thread.Sleep(1);
        Assert.InRange(ProcessCalls.VoluntarySwitches - before, 10, 1000);
    }
}
