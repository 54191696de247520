using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>dump and load: a volume's metadata out of one engine and into another.</summary>
public sealed class DumpTests : CommandTest
{
    private static int last;

    private readonly string volume = $"dump{Environment.ProcessId}-{++last}";

    private string DumpFile => Path.Combine(Folder, "dump");

    private string Address => PostgresCluster.Shared.Url(volume);

    [Fact]
    public void A_volume_moves_to_PostgreSQL_and_back_with_all_that_is_in_it()
    {
        MakeVolume();
        var first = Dump(Url);
        Refused(1, "--force", "load", Address, DumpFile, "--data", Url);
        Assert.Equal(first, Dump(Url));
        Succeed("load", Address, DumpFile, "--data", Url, "--force");
        Assert.False(Directory.Exists(Path.Combine(Store, "meta")));
        Refused(2, "postgres://", "mount", Url, MountPoint);
        Assert.Equal(first, Dump(Address));
        Assert.Contains(": clean;", Succeed("fsck", Address));
        RequireContents(Address);
        var second = Dump(Address);
        Succeed("load", Url, DumpFile, "--force");
        Refused(4, "another volume", "mount", Address, MountPoint);
        Assert.Equal(second, Dump(Url));
        Assert.Contains(": clean;", Succeed("fsck", Url));
        RequireContents(Url);
    }

    [Fact]
    public void A_copy_has_the_bytes_that_are_brought_to_it()
    {
        MakeVolume();
        Dump(Url);
        var copy = Path.Combine(Folder, "copy");
        var loaded = Run("load", "file://" + copy, DumpFile);
        Assert.Equal(0, loaded.ExitCode);
        Assert.Contains($"bring them to {copy}/data", loaded.Error);
        Directory.Delete(copy, recursive: true);
        CopyTree(Path.Combine(Store, "data"), Path.Combine(copy, "data"));
        using var report = JsonDocument.Parse(Succeed("load", "file://" + copy, DumpFile, "--json"));
        Assert.False(report.RootElement.GetProperty("lacksBytes").GetBoolean());
        RequireContents("file://" + copy);
        Assert.Contains(": clean;", Succeed("fsck", "file://" + copy));
    }

    /// <summary>A file whose number the dump does not know has left bytes: the number is nobody's any more.</summary>
    [Fact]
    public void No_new_file_gets_the_bytes_of_one_that_is_younger_than_the_dump()
    {
        MakeVolume();
        using var allocator = JsonDocument.Parse(Dump(Url).Split('\n').Single(line => line.Contains("\"allocator\"")));
        var next = allocator.RootElement.GetProperty("fields")[0].GetUInt64();
        // As files of later numbers would have, of which the dump knows nothing; each reactor takes a range of its own.
        for (var number = next; number < next + 10_000; number++)
        {
            var place = (number >> 6) & 0xffff;
            var folder = Directory.CreateDirectory(Path.Combine(Store, "data", $"{place >> 8:x2}", $"{place & 0xff:x2}"));
            File.WriteAllText(Path.Combine(folder.FullName, $"{number:x16}"), "young");
        }
        Succeed("load", Url, DumpFile, "--force");
        Succeed("mount", Url, MountPoint);
        for (var i = 0; i < 20; i++)
        {
            var path = Path.Combine(MountPoint, $"new{i}");
            // Not by File.Create, which truncates what it has made.
            Assert.Equal(0, Sys.Close(Sys.Open(path, Abi.O_CREAT | Abi.O_EXCL | Abi.O_WRONLY, 0x1A4)));
            Assert.Equal("", File.ReadAllText(path));
        }
        Succeed("umount", MountPoint);
        RequireContents(Url);
    }

    [Fact]
    public void What_cannot_be_loaded_leaves_what_was_there()
    {
        MakeVolume();
        var dump = Dump(Url);
        var end = dump.LastIndexOf("{\"kind\":\"end\"", StringComparison.Ordinal);
        File.WriteAllText(DumpFile, dump[..end]);
        Refused(1, "the dump ends in its midst", "load", Url, DumpFile, "--force");
        Assert.Equal(dump, Dump(Url));
        File.WriteAllText(DumpFile, dump.Replace("\"kind\":\"symlink\"", "\"kind\":\"simlink\""));
        Refused(1, "simlink", "load", Address, DumpFile, "--data", Url, "--force");
        Refused(1, volume, "dump", Address, DumpFile);
        RequireContents(Url);
        var fresh = Path.Combine(Folder, "fresh");
        Refused(1, "simlink", "load", "file://" + fresh, DumpFile);
        Succeed("format", "file://" + fresh);
        File.WriteAllText(DumpFile, dump);
        Refused(1, "the dump is of volume", "load", "file://" + fresh, DumpFile, "--force");
        Refused(1, "is no dump", "load", "file://" + fresh + "2", "/etc/passwd");
        Refused(1, "no-such-dump", "load", "file://" + fresh + "2", Path.Combine(Folder, "no-such-dump"));
        Refused(2, "--data", "load", Address, DumpFile);
        Refused(2, "--json", "dump", Url, "--json");
    }

    [Fact]
    public void A_mounted_volume_is_not_dumped()
    {
        MakeVolume();
        Succeed("mount", Url, MountPoint);
        Refused(3, "held by another daemon", "dump", Url, DumpFile);
        Assert.False(File.Exists(DumpFile));
        Refused(3, "held by another daemon", "load", Url, DumpFileOf("x"), "--force");
        Succeed("umount", MountPoint);
    }

    private string DumpFileOf(string contents)
    {
        // One that begins well: the lock is what refuses.
        File.WriteAllText(DumpFile, "{\"kind\":\"bytefuse-dump\",\"version\":1,\"format\":1,\"identity\":\"00\",\"cookieKey\":\"00\",\"formatted\":\"0.000000000\",\"lastSession\":0}\n" + contents);
        return DumpFile;
    }

    private string Dump(string url)
    {
        Succeed("dump", url, DumpFile);
        var text = File.ReadAllText(DumpFile);
        Assert.Equal(text, Succeed("dump", url));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(DumpFile));
        return text;
    }

    private void MakeVolume()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        for (var i = 0; i < 40; i++) Directory.CreateDirectory(Path.Combine(MountPoint, $"folder{i}", "größe"));
        for (var i = 0; i < 40; i++) File.WriteAllText(Path.Combine(MountPoint, $"folder{i}", "file"), $"contents {i}");
        File.CreateSymbolicLink(Path.Combine(MountPoint, "link"), "folder7/file");
        Assert.Equal(0, Sys.SetXattr(Path.Combine(MountPoint, "folder7"), "user.name", "value"u8));
        Assert.Equal(0, Sys.Mkfifo(Path.Combine(MountPoint, "fifo"), 0x1A4));
        Assert.Equal(0, Sys.Link(Path.Combine(MountPoint, "folder8", "file"), Path.Combine(MountPoint, "second")));
        Directory.Delete(Path.Combine(MountPoint, "folder9", "größe"));
        Succeed("umount", MountPoint);
    }

    private void RequireContents(string url)
    {
        Succeed("mount", url, MountPoint);
        for (var i = 0; i < 40; i++) Assert.Equal($"contents {i}", File.ReadAllText(Path.Combine(MountPoint, $"folder{i}", "file")));
        Assert.Equal("contents 7", File.ReadAllText(Path.Combine(MountPoint, "link")));
        Assert.Equal("contents 8", File.ReadAllText(Path.Combine(MountPoint, "second")));
        Assert.True(Directory.Exists(Path.Combine(MountPoint, "folder10", "größe")));
        Assert.False(Directory.Exists(Path.Combine(MountPoint, "folder9", "größe")));
        var value = new byte[16];
        Assert.Equal(5, Sys.GetXattr(Path.Combine(MountPoint, "folder7"), "user.name", value));
        Succeed("umount", MountPoint);
    }

    private static void CopyTree(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)) File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
