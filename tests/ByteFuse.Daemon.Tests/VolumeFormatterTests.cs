using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Daemon.Tests;

public sealed class VolumeFormatterTests : IDisposable
{
    private readonly Scratch scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);

    private string Store => scratch["store"];

    private VolumeUrl Url => VolumeUrl.Parse("file://" + Store);

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void A_missing_directory_becomes_a_volume()
    {
        var description = VolumeFormatter.Format(Url, force: false);
        Assert.Equal(description, VolumeDirectory.ReadDescription(Store));
        Assert.Equal(32, description.Identity.Length);
    }

    [Fact]
    public void Two_volumes_have_two_identities()
    {
        var first = VolumeFormatter.Format(Url, force: false);
        Assert.NotEqual(first.Identity, VolumeFormatter.Format(Url, force: true).Identity);
    }

    [Fact]
    public void A_volume_is_not_formatted_again_without_force()
    {
        var before = VolumeFormatter.Format(Url, force: false);
        var refusal = Assert.Throws<Refusal>(() => VolumeFormatter.Format(Url, force: false));
        Assert.Contains("holds a volume already", refusal.Message);
        Assert.Equal(before, VolumeDirectory.ReadDescription(Store));
    }

    [Fact]
    public void Other_files_are_in_the_way_and_survive_force()
    {
        Directory.CreateDirectory(Store);
        File.WriteAllText(Path.Combine(Store, "precious"), "x");
        var refusal = Assert.Throws<Refusal>(() => VolumeFormatter.Format(Url, force: false));
        Assert.Contains("precious", refusal.Message);
        Assert.Equal(["precious"], Directory.EnumerateFileSystemEntries(Store).Select(Path.GetFileName));
        VolumeFormatter.Format(Url, force: true);
        Assert.Equal("x", File.ReadAllText(Path.Combine(Store, "precious")));
    }

    [Fact]
    public void Lost_and_found_is_no_other_file()
    {
        Directory.CreateDirectory(Path.Combine(Store, "lost+found"));
        VolumeFormatter.Format(Url, force: false);
    }

    [Fact]
    public void A_volume_that_is_held_is_not_touched_even_with_force()
    {
        var before = VolumeFormatter.Format(Url, force: false);
        using (VolumeDirectory.Hold(Store))
        {
            var refusal = Assert.Throws<Refusal>(() => VolumeFormatter.Format(Url, force: true));
            Assert.Equal(ExitCode.Busy, refusal.Code);
            Assert.Contains($"pid {Environment.ProcessId}", refusal.Message);
        }
        Assert.Equal(before, VolumeDirectory.ReadDescription(Store));
    }

    [Fact]
    public void A_newer_format_is_refused_before_anything_is_opened()
    {
        Directory.CreateDirectory(Store);
        File.WriteAllText(Path.Combine(Store, "volume.json"),
            $$"""{"kind":"bytefuse-volume","format":{{VolumeDescription.CurrentFormat + 1}},"identity":"00","formatted":"2030-01-01T00:00:00Z"}""");
        var refusal = Assert.Throws<Refusal>(() => VolumeDirectory.ReadDescription(Store));
        Assert.Equal(ExitCode.NewerFormat, refusal.Code);
        Assert.Equal(["volume.json"], Directory.EnumerateFileSystemEntries(Store).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"kind\":\"something\",\"format\":1}")]
    public void A_damaged_description_is_told_from_a_missing_one(string text)
    {
        Directory.CreateDirectory(Store);
        Assert.Equal(ExitCode.Failure, Assert.Throws<Refusal>(() => VolumeDirectory.ReadDescription(Store)).Code);
        File.WriteAllText(Path.Combine(Store, "volume.json"), text);
        Assert.Equal(ExitCode.Corrupt, Assert.Throws<Refusal>(() => VolumeDirectory.ReadDescription(Store)).Code);
    }

    [Fact]
    public void The_description_is_plain_json_for_others_to_read()
    {
        VolumeFormatter.Format(Url, force: false);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Store, "volume.json")));
        Assert.Equal("bytefuse-volume", json.RootElement.GetProperty("kind").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("format").GetInt32());
    }
}
