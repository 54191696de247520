using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>Whatever is typed wrongly gets one clear line, a non-zero exit code, and loses nothing.</summary>
public sealed class BadInputTests : CommandTest
{
    [Theory]
    [InlineData("unknown command", "bogus")]
    [InlineData("missing argument", "mount")]
    [InlineData("unknown option", "status", "--bogus")]
    public void A_wrong_command_line_is_usage(string _, params string[] arguments) => Refused(2, "--help", arguments);

    [Fact]
    public void No_arguments_are_usage_too() => Assert.Equal(2, Run().ExitCode);

    [Theory]
    [InlineData("/srv/vol", "file:///DIRECTORY")]
    [InlineData("s3://bucket", "s3://")]
    [InlineData("file://relative", "absolute")]
    public void A_url_of_another_kind_is_refused(string url, string saying)
    {
        Refused(2, saying, "format", url);
        Refused(2, saying, "mount", url, MountPoint);
    }

    [Fact]
    public void Formatting_over_a_volume_needs_force_and_loses_nothing()
    {
        Succeed("format", Url);
        var before = File.ReadAllText(Path.Combine(Store, "volume.json"));
        Refused(1, "holds a volume already", "format", Url);
        Assert.Equal(before, File.ReadAllText(Path.Combine(Store, "volume.json")));
        Succeed("format", Url, "--force");
        Assert.NotEqual(before, File.ReadAllText(Path.Combine(Store, "volume.json")));
    }

    [Fact]
    public void Formatting_over_other_files_needs_force()
    {
        Directory.CreateDirectory(Store);
        File.WriteAllText(Path.Combine(Store, "precious"), "");
        Refused(1, "precious", "format", Url);
        Assert.True(File.Exists(Path.Combine(Store, "precious")));
    }

    [Fact]
    public void A_format_that_fails_leaves_nothing_in_the_way_of_the_next()
    {
        Directory.CreateDirectory(Store);
        Command.Check("mount", "-t", "tmpfs", "-o", "size=256k", "none", Store);
        try
        {
            Refused(1, Store, "format", Url);
            Assert.Empty(Directory.EnumerateFileSystemEntries(Store));
            Command.Check("mount", "-o", "remount,size=1g", Store);
            Succeed("format", Url);
            Assert.Equal(["data", "lock", "meta", "volume.json"], Directory.EnumerateFileSystemEntries(Store).Select(Path.GetFileName).Order());
        }
        finally
        {
            Command.Check("umount", Store);
        }
    }

    [Fact]
    public void Formatting_a_file_is_refused()
    {
        File.WriteAllText(Store, "");
        Refused(1, "is not a directory", "format", Url);
    }

    [Fact]
    public void Mounting_what_is_no_volume_is_refused()
    {
        Refused(1, "no such directory", "mount", Url, MountPoint);
        Directory.CreateDirectory(Store);
        Refused(1, "holds no volume", "mount", Url, MountPoint);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Store));
    }

    [Fact]
    public void A_volume_of_a_newer_format_is_refused_untouched()
    {
        Succeed("format", Url);
        var file = Path.Combine(Store, "volume.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"format\": 1", "\"format\": 99", StringComparison.Ordinal));
        var meta = Directory.GetLastWriteTimeUtc(Path.Combine(Store, "meta"));
        Refused(5, "format 99", "mount", Url, MountPoint);
        Assert.Equal(meta, Directory.GetLastWriteTimeUtc(Path.Combine(Store, "meta")));
    }

    [Fact]
    public void Metadata_of_another_volume_is_refused_before_it_takes_bytes_for_nobodys()
    {
        var other = Path.Combine(Folder, "other");
        Succeed("format", Url);
        Succeed("format", "file://" + other);
        Succeed("mount", Url, MountPoint);
        File.WriteAllText(Path.Combine(MountPoint, "file"), "bytes");
        Succeed("umount", MountPoint);
        var meta = Path.Combine(Store, "meta");
        Directory.Move(meta, meta + ".own");
        Directory.Move(Path.Combine(other, "meta"), meta);
        Refused(4, "holds volume", "mount", Url, MountPoint);
        Refused(4, "holds volume", "fsck", Url, "--repair");
        Directory.Move(meta, meta + ".other");
        Directory.Move(meta + ".own", meta);
        Succeed("mount", Url, MountPoint);
        Assert.Equal("bytes", File.ReadAllText(Path.Combine(MountPoint, "file")));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void A_damaged_volume_description_is_corrupt()
    {
        Succeed("format", Url);
        File.WriteAllText(Path.Combine(Store, "volume.json"), "{");
        Refused(4, "damaged", "mount", Url, MountPoint);
    }

    [Fact]
    public void A_missing_part_of_the_metadata_store_is_told()
    {
        Succeed("format", Url);
        File.Delete(Path.Combine(Store, "meta", "CURRENT"));
        var result = Run("mount", Url, MountPoint);
        Assert.NotEqual(0, result.ExitCode);
        Assert.StartsWith("bytefuse: ", result.Error);
        Assert.Equal(1, result.Error.Count(character => character == '\n'));
    }

    [Fact]
    public void A_held_store_is_busy_for_everybody_else()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        var pid = DaemonPid();
        var other = Path.Combine(Folder, "other");
        Directory.CreateDirectory(other);
        Refused(3, $"pid {pid}", "mount", Url, other, "--foreground");
        Refused(3, $"pid {pid}", "format", Url, "--force");
        File.WriteAllText(Path.Combine(MountPoint, "still-works"), "");
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void A_mount_point_must_be_an_empty_directory_that_is_free()
    {
        Succeed("format", Url);
        Refused(1, "does not exist", "mount", Url, Path.Combine(Folder, "nowhere"));
        var file = Path.Combine(Folder, "file");
        File.WriteAllText(file, "");
        Refused(1, "is not a directory", "mount", Url, file);
        File.WriteAllText(Path.Combine(MountPoint, "hidden"), "");
        Refused(1, "is not empty", "mount", Url, MountPoint);
        Succeed("mount", Url, MountPoint, "-o", "nonempty");
        Assert.Empty(Directory.EnumerateFileSystemEntries(MountPoint));
        Refused(3, "is mounted already", "mount", Url, MountPoint, "-o", "nonempty");
        Succeed("umount", MountPoint);
        Assert.True(File.Exists(Path.Combine(MountPoint, "hidden")));
    }

    [Fact]
    public void A_store_below_its_own_mount_point_is_refused()
    {
        Succeed("format", $"file://{MountPoint}/store");
        Refused(2, "below the mount point", "mount", $"file://{MountPoint}/store", MountPoint, "-o", "nonempty");
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("ro,bogus=1")]
    [InlineData("max_write=lots")]
    public void Unknown_options_are_usage(string options)
    {
        Succeed("format", Url);
        Refused(2, "option", "mount", Url, MountPoint, "-o", options);
        Assert.False(IsMounted(MountPoint));
    }

    [Fact]
    public void Without_the_device_mounting_says_so()
    {
        Succeed("format", Url);
        // A mount namespace of its own, in which /dev has no fuse; the node's daemon is in another.
        var result = Command.Run("unshare",
        [
            "--mount", "--propagation", "private", "sh", "-c",
            "mkdir $2/dev && cp -a /dev/null /dev/zero /dev/urandom /dev/random $2/dev && mount --bind $2/dev /dev && BYTEFUSE_RUN_DIRECTORY=$2/run exec \"$0\" mount \"$1\" \"$3\"",
            Binary, Url, Folder, MountPoint,
        ]);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("bytefuse: /dev/fuse is missing", result.Error);
        Assert.Equal(1, result.Error.Count(character => character == '\n'));
    }

    [Fact]
    public void A_run_directory_of_somebody_else_is_refused()
    {
        Succeed("format", Url);
        var result = Command.Run("setpriv", ["--reuid", "65534", "--clear-groups", Binary, "mount", Url, MountPoint, "--foreground"]);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("bytefuse: ", result.Error);
        Assert.Contains("belongs to somebody else", result.Error);
        Assert.Equal(1, result.Error.Count(character => character == '\n'));
    }

    [Fact]
    public void Unmounting_what_is_not_mounted_or_not_ours_is_refused()
    {
        Refused(1, "is not mounted", "umount", MountPoint);
        Refused(1, "no ByteFUSE mount", "umount", "/proc");
    }

    [Fact]
    public void Asking_about_what_is_not_ours_is_refused()
    {
        Refused(1, "no ByteFUSE mount", "info", Folder);
        Refused(1, "no daemon serves", "status", MountPoint);
        Refused(1, "no daemon serves", "stats", MountPoint, "--once");
        Refused(2, "bash", "completion", "tcsh");
    }

    /// <summary>The program itself: a script that builds would need what these tests take away.</summary>
    private static string Binary
    {
        get
        {
            var command = Environment.GetEnvironmentVariable("BYTEFUSE");
            Assert.SkipWhen(string.IsNullOrEmpty(command), "BYTEFUSE does not name the built command");
            return command!;
        }
    }
}
