namespace ByteFuse.Daemon.Tests;

/// <summary>What mounts get of the daemon's memory for io_uring's entries.</summary>
public sealed class UringBudgetTests
{
    [Fact]
    public void Each_gets_what_it_asks_for_but_at_most_half_of_what_is_left()
    {
        var budget = new UringBudget(1000);
        Assert.Equal(300, budget.Take(300));
        Assert.Equal(350, budget.Take(900));
        Assert.Equal(175, budget.Take(900));
        Assert.Equal(175, budget.Left);
        budget.GiveBack(350);
        Assert.Equal(262, budget.Take(900));
        Assert.Equal(263, budget.Left);
    }
}
