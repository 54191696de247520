namespace ByteFuse.Daemon.Tests;

public class MountTableTests
{
    private const string Text = """
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
        40 22 0:52 / /mnt/with\040space\134x rw,nosuid shared:9 master:3 - fuse.bytefuse file:///srv/a\040b rw,user_id=0
        41 22 0:53 / /mnt/plain rw - fuse.bytefuse file:///srv/v rw
        broken line
        """;

    [Fact]
    public void Lines_are_parsed_with_their_escapes()
    {
        var entries = MountTable.Parse(Text);
        Assert.Equal(
            [
                new MountEntry("254:0", "/", "ext4", "/dev/vda"),
                new MountEntry("0:52", "/mnt/with space\\x", "fuse.bytefuse", "file:///srv/a b"),
                new MountEntry("0:53", "/mnt/plain", "fuse.bytefuse", "file:///srv/v"),
            ],
            entries);
    }

    [Fact]
    public void Names_outside_ASCII_survive() =>
        Assert.Equal("/mnt/größe x", MountTable.Parse("1 1 0:1 / /mnt/größe\\040x rw - ext4 a rw\n").Single().MountPoint);

    [Theory]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a", "/a", true)]
    [InlineData("/ab", "/a", false)]
    [InlineData("/a", "/", true)]
    public void Within_goes_by_components(string path, string directory, bool within) => Assert.Equal(within, MountTable.IsWithin(path, directory));

    [Fact]
    public void Our_own_table_can_be_read() => Assert.NotNull(MountTable.At("/proc"));
}
