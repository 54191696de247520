namespace ByteFuse.Daemon.Tests;

public class VolumeUrlTests
{
    [Theory]
    [InlineData("file:///srv/vol", "/srv/vol")]
    [InlineData("FILE:///srv/vol/", "/srv/vol")]
    [InlineData("file:///srv/../srv/a%20b", "/srv/a b")]
    [InlineData("file:///", "/")]
    public void Directories_are_taken(string url, string directory) => Assert.Equal(directory, VolumeUrl.Parse(url).Directory);

    [Theory]
    [InlineData("/srv/vol", "not a volume URL")]
    [InlineData("", "not a volume URL")]
    [InlineData("file://srv/vol", "absolute")]
    [InlineData("file://", "absolute")]
    [InlineData("s3://bucket/prefix", "s3://")]
    [InlineData("postgres://host/db", "the volume is missing")]
    [InlineData("postgres://user:secret@host/db?volume=x", "user:...@host/db?volume=x: a password does not belong in a URL")]
    [InlineData("file:///a%00b", "null byte")]
    public void Everything_else_is_refused_in_one_line(string url, string saying)
    {
        var refusal = Assert.Throws<Refusal>(() => VolumeUrl.Parse(url));
        Assert.Equal(ExitCode.Usage, refusal.Code);
        Assert.Contains(saying, refusal.Message);
    }
}
