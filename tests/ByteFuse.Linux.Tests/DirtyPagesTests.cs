namespace ByteFuse.Linux.Tests;

public sealed class DirtyPagesTests
{
    [Fact]
    public void The_kernel_tells()
    {
        var now = DirtyPages.Now();
        Assert.True(now.Threshold > 0, "no threshold in /proc/vmstat");
        Assert.InRange(now.Room, 0, now.Threshold);
    }

    [Fact]
    public void Whoever_is_between_the_thresholds_is_not_made_to_wait()
    {
        var page = Environment.SystemPageSize;
        var pages = DirtyPages.Parse("nr_free 9\nnr_dirty 5\nnr_writeback 2\nnr_writeback_temp 100\nnr_dirty_threshold 40\nnr_dirty_background_threshold 20\n"u8);
        Assert.Equal(new DirtyPages(7 * page, 30 * page), pages);
        Assert.Equal(23 * page, pages.Room);
    }

    [Fact]
    public void Where_it_cannot_be_told_there_is_no_room() => Assert.Equal(0, DirtyPages.Parse("nr_free 9\n"u8).Room);
}
