using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>Mounts whose files the kernel reads and writes by itself.</summary>
public sealed class PassthroughTests : CommandTest
{
    // The reserve of the metadata, which is given up meanwhile and taken again, and what is kept free beside it.
    private const long Slack = 112 << 20;

    [Theory]
    [InlineData("auto", true)]
    [InlineData("off", false)]
    public void Status_and_doctor_say_whether_and_why(string asked, bool expected)
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint, "-o", $"passthrough={asked}");
        Assert.SkipWhen(asked == "auto" && !IsUsed(), "this kernel has no FUSE passthrough");
        using var open = new FileStream(Path.Combine(MountPoint, "file"), FileMode.Create);
        open.WriteByte(1);
        open.Flush();
        using var status = JsonDocument.Parse(Succeed("status", MountPoint, "--json"));
        Assert.Equal(expected, status.RootElement.GetProperty("passthrough").GetBoolean());
        Assert.Equal(expected ? 1 : 0, status.RootElement.GetProperty("backingFiles").GetInt32());
        Assert.Contains(expected ? "on, 1 files" : "off: asked for by -o passthrough=off", Succeed("status", MountPoint));
        using var doctor = JsonDocument.Parse(Succeed("doctor", "--json"));
        var mount = doctor.RootElement.GetProperty("mounts").EnumerateArray().Single(mount => mount.GetProperty("mountPoint").GetString() == MountPoint);
        Assert.Equal(expected, mount.GetProperty("passthrough").GetBoolean());
        Assert.Equal(expected, mount.GetProperty("passthroughAdvice").ValueKind == JsonValueKind.Null);
        open.Dispose();
        Eventually(() => BackingFiles() == 0, "the closed file is taken back");
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void A_volume_on_a_stacked_file_system_does_without_and_refuses_to_have_it()
    {
        foreach (var name in (string[])["lower", "upper", "work", "stacked"]) Directory.CreateDirectory(Path.Combine(Folder, name));
        var stacked = Path.Combine(Folder, "stacked");
        var options = $"lowerdir={Folder}/lower,upperdir={Folder}/upper,workdir={Folder}/work";
        Assert.SkipUnless(Sys.Mount("overlay", stacked, "overlay", 0, options) == 0, "no overlayfs here");
        try
        {
            var url = $"file://{stacked}/volume";
            Succeed("format", url);
            Refused(1, "passthrough=on is not possible: ", "mount", url, MountPoint, "-o", "passthrough=on");
            Assert.False(IsMounted(MountPoint));
            Succeed("mount", url, MountPoint);
            Assert.False(IsUsed());
            File.WriteAllText(Path.Combine(MountPoint, "file"), "hello");
            Assert.Equal("hello", File.ReadAllText(Path.Combine(MountPoint, "file")));
            Succeed("umount", MountPoint);
        }
        finally
        {
            Sys.Umount2(stacked, Abi.MNT_DETACH);
        }
    }

    /// <summary>Hazard 13: what was written while the files were open is there, and they can be opened again.</summary>
    [Fact]
    public void A_killed_daemon_loses_nothing_of_the_files_that_are_open()
    {
        const int files = 8;
        using var volume = new MountedVolume(Store, MountPoint);
        var content = Enumerable.Range(0, files).Select(number => new byte[10_000 * (number + 1)]).ToArray();
        var open = new long[files];
        for (var i = 0; i < files; i++)
        {
            new Random(i).NextBytes(content[i]);
            open[i] = Sys.Open(Path.Combine(MountPoint, $"{i}"), Abi.O_RDWR | Abi.O_CREAT, 0x1B4);
            Assert.Equal(content[i].Length, Sys.Write(open[i], content[i]));
        }
        var unlinked = Sys.Open(Path.Combine(MountPoint, "unlinked"), Abi.O_RDWR | Abi.O_CREAT, 0x1B4);
        Sys.Write(unlinked, content[0]);
        Sys.Unlink(Path.Combine(MountPoint, "unlinked"));
        volume.Kill9();
        foreach (var fd in open) Sys.Close(fd);
        Sys.Close(unlinked);
        Assert.Contains("clean", Succeed("fsck", Url));
        volume.Mount();
        for (var i = 0; i < files; i++)
        {
            var path = Path.Combine(MountPoint, $"{i}");
            Assert.Equal(content[i], File.ReadAllBytes(path));
            File.AppendAllText(path, "more");
            Assert.Equal(content[i].Length + 4, new FileInfo(path).Length);
        }
        volume.Umount();
        Assert.Contains("clean", Succeed("fsck", Url));
    }

    /// <summary>What was deleted gives its space to who writes next, although the kernel writes by itself.</summary>
    [Fact]
    public void A_full_disk_takes_writes_once_something_is_deleted()
    {
        using var image = new LoopImage(Folder, size: 512 << 20);
        using var volume = new MountedVolume(Path.Combine(image.MountPoint, "volume"), MountPoint);
        for (var round = 0; round < 4; round++)
        {
            var big = Path.Combine(MountPoint, "big");
            var (written, end) = Fill(big);
            Assert.True(written > Slack, $"round {round}: {written} bytes until error {end}");
            File.Delete(big);
            // At once, and as much as was deleted.
            var next = Path.Combine(MountPoint, "next");
            var (again, error) = Fill(next, written - Slack);
            Assert.True(again == written - Slack, $"of {written} bytes that were deleted {again} were to be had: error {error}");
            File.Delete(next);
        }
    }

    // What could be written, and the error that ended it.
    private static (long Written, long Error) Fill(string path, long length = long.MaxValue)
    {
        var block = new byte[1 << 20];
        var fd = -1L;
        // A name is refused until the metadata has its reserve again.
        Eventually(() => (fd = Sys.Open(path, Abi.O_WRONLY | Abi.O_CREAT, 0x1B4)) >= 0, "a file can be made");
        var written = 0L;
        var count = 0L;
        while (written < length && (count = Sys.Write(fd, block.AsSpan(0, (int)Math.Min(block.Length, length - written)))) > 0) written += count;
        Sys.Close(fd);
        return (written, Math.Min(count, 0));
    }

    private bool IsUsed()
    {
        using var status = JsonDocument.Parse(Succeed("status", MountPoint, "--json"));
        return status.RootElement.GetProperty("passthrough").GetBoolean();
    }

    private int BackingFiles()
    {
        using var status = JsonDocument.Parse(Succeed("status", MountPoint, "--json"));
        return status.RootElement.GetProperty("backingFiles").GetInt32();
    }
}
