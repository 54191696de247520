using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>Volumes whose metadata is in PostgreSQL and whose data is in a directory, through the command.</summary>
public sealed class PostgresVolumeTests : CommandTest
{
    private static int last;

    private readonly string volume = $"cli{Environment.ProcessId}-{++last}";

    private static PostgresCluster Server => PostgresCluster.Shared;

    private string Address => Server.Url(volume);

    [Fact]
    public void A_volume_is_formatted_mounted_and_read_back()
    {
        Assert.Contains("is an empty volume now", Succeed("format", Address, "--data", Url));
        Assert.False(Directory.Exists(Path.Combine(Store, "meta")));
        Succeed("mount", Address, MountPoint);
        for (var i = 0; i < 20; i++) Directory.CreateDirectory(Path.Combine(MountPoint, $"d{i}"));
        File.WriteAllText(Path.Combine(MountPoint, "d7", "file"), "contents");
        File.CreateSymbolicLink(Path.Combine(MountPoint, "link"), "d7/file");
        Directory.Move(Path.Combine(MountPoint, "d7"), Path.Combine(MountPoint, "moved"));
        Directory.Delete(Path.Combine(MountPoint, "d8"));
        Succeed("umount", MountPoint);
        Assert.Contains(": clean;", Succeed("fsck", Address));
        Succeed("mount", Address, MountPoint);
        Assert.Equal("contents", File.ReadAllText(Path.Combine(MountPoint, "moved", "file")));
        Assert.Equal(20, Directory.GetFileSystemEntries(MountPoint).Length);
        Assert.Equal("d7/file", new FileInfo(Path.Combine(MountPoint, "link")).LinkTarget);
        Succeed("umount", MountPoint);
    }

    /// <summary>In a directory that was made since the mount, nobody asks whether a name is there: only for the directory, as the create before changed it.</summary>
    [Fact]
    public void A_create_in_a_new_directory_asks_for_no_name()
    {
        const int Files = 20;
        Succeed("format", Address, "--data", Url);
        Succeed("mount", Address, MountPoint, "-o", "noatime");
        // The first inode of each reactor takes a range of numbers, and with it knows what is new.
        for (var i = 0; i < 64; i++) Directory.CreateDirectory(Path.Combine(MountPoint, $"d{i}"));
        var folder = Path.Combine(MountPoint, "new");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "first"), "x");
        var before = Counters();
        for (var i = 0; i < Files; i++) Sys.Close(Sys.Open(Path.Combine(folder, $"file{i}"), Abi.O_CREAT | Abi.O_EXCL | Abi.O_WRONLY, 0x1A4));
        var after = Counters();
        const int Once = 3;
        Assert.InRange(after.Commits - before.Commits, Files, Files + Once);
        Assert.InRange(after.Gets - before.Gets, 0, Files + Once);
        Succeed("umount", MountPoint);
    }

    /// <summary>A create, with its data, is one commit; what the kernel knows costs nothing.</summary>
    [Fact]
    public void Round_trips_are_counted()
    {
        const int Files = 20;
        Succeed("format", Address, "--data", Url);
        Succeed("mount", Address, MountPoint, "-o", "noatime");
        File.WriteAllText(Path.Combine(MountPoint, "first"), "x");
        var (commits, batches, _) = Counters();
        for (var i = 0; i < Files; i++) Sys.Close(Sys.Open(Path.Combine(MountPoint, $"file{i}"), Abi.O_CREAT | Abi.O_EXCL | Abi.O_WRONLY, 0x1A4));
        var created = Counters();
        // Beside them at most what a volume does once after it was opened (StraySweep, a range of inode numbers).
        const int Once = 3;
        Assert.InRange(created.Commits - commits, Files, Files + Once);
        Assert.InRange(created.Batches - batches, Files, Files + Once);
        for (var i = 0; i < Files; i++) Assert.True(File.Exists(Path.Combine(MountPoint, $"file{i}")));
        // The directory itself has changed and is asked for once more.
        Assert.InRange(Counters().Gets - created.Gets, 0, Once);
        Succeed("umount", MountPoint);
    }

    /// <summary>What the daemon has read once, and nobody has changed, costs no round trip: opening a file, or asking for it anew.</summary>
    [Fact]
    public void What_is_cached_costs_no_round_trip()
    {
        Succeed("format", Address, "--data", Url);
        Succeed("mount", Address, MountPoint, "-o", "noatime");
        for (var i = 0; i < 20; i++) File.WriteAllText(Path.Combine(MountPoint, $"file{i}"), $"{i}");
        ReadAll();
        var before = Counters();
        for (var round = 0; round < 5; round++) ReadAll();
        Assert.Equal(before.Gets, Counters().Gets);
        Succeed("umount", MountPoint);

        void ReadAll()
        {
            // The kernel forgets names and attributes, so that it asks for each.
            File.WriteAllText("/proc/sys/vm/drop_caches", "2");
            for (var i = 0; i < 20; i++) Assert.Equal($"{i}", File.ReadAllText(Path.Combine(MountPoint, $"file{i}")));
        }
    }

    [Fact]
    public void A_server_that_goes_and_comes_back_is_waited_for()
    {
        using var server = new PostgresCluster();
        var address = MountFrom(server, "timeout=300");
        var folder = Path.Combine(MountPoint, "folder");
        Directory.CreateDirectory(folder);
        var made = 0;
        var ended = 0;
        var maker = new Thread(() =>
        {
            for (; Volatile.Read(ref ended) == 0; Interlocked.Increment(ref made)) File.WriteAllText(Path.Combine(folder, $"file{made}"), $"{made}");
        });
        maker.Start();
        Eventually(() => Volatile.Read(ref made) > 20, "files are made");
        server.Kill();
        server.Start();
        var before = Volatile.Read(ref made);
        Eventually(() => Volatile.Read(ref made) > before + 20, "files are made again");
        Volatile.Write(ref ended, 1);
        maker.Join();
        Succeed("umount", MountPoint);
        Succeed("mount", address, MountPoint);
        Assert.Equal(made, Directory.GetFiles(folder).Length);
        for (var i = 0; i < made; i++) Assert.Equal($"{i}", File.ReadAllText(Path.Combine(folder, $"file{i}")));
        Succeed("umount", MountPoint);
        Assert.Contains(": clean;", Succeed("fsck", address));
    }

    /// <summary>Also by the daemon that follows one which died meanwhile: the mount is not its to give up.</summary>
    [Fact]
    public void A_server_that_is_away_while_a_mount_is_taken_over_is_waited_for()
    {
        using var server = new PostgresCluster();
        MountFrom(server, "transport=classic,timeout=1");
        File.WriteAllText(Path.Combine(MountPoint, "file"), "before");
        var pid = int.Parse(File.ReadAllText(Path.Combine(RunFolder, "daemon.pid")));
        server.Kill();
        Assert.Equal(0, Sys.Kill(pid, Abi.SIGKILL));
        Eventually(() => File.ReadAllText(Path.Combine(RunFolder, "keeper.log")).Contains("the opening waits", StringComparison.Ordinal), "the next daemon waits");
        server.Start();
        Assert.Equal(0, Sys.Mkdir(Path.Combine(MountPoint, "folder"), 0x1ED));
        Assert.Equal("before", File.ReadAllText(Path.Combine(MountPoint, "file")));
        Eventually(() => Run("umount", MountPoint).ExitCode == 0, "the next daemon answers");
    }

    [Fact]
    public void A_server_that_stays_away_is_EIO_after_the_timeout()
    {
        using var server = new PostgresCluster();
        MountFrom(server, "timeout=1");
        server.Kill();
        Assert.Equal(-Abi.EIO, Sys.Mkdir(Path.Combine(MountPoint, "folder"), 0x1ED));
        server.Start();
        Eventually(() => Sys.Mkdir(Path.Combine(MountPoint, "folder"), 0x1ED) is 0 or -Abi.EEXIST, "the server is back");
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void Formatting_refuses_what_is_there_and_force_replaces_it()
    {
        Succeed("format", Address, "--data", Url);
        Refused(1, "holds a volume already", "format", Address, "--data", Url);
        Refused(1, $"holds a volume already; --force erases it", "format", Address, "--data", Url + "2");
        Refused(2, "the metadata of this volume is not in the directory; use postgres://", "mount", Url, MountPoint);
        Succeed("mount", Address, MountPoint);
        File.WriteAllText(Path.Combine(MountPoint, "file"), "x");
        Succeed("umount", MountPoint);
        Succeed("format", Address, "--data", Url, "--force");
        Succeed("mount", Address, MountPoint);
        Assert.Empty(Directory.GetFileSystemEntries(MountPoint));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void Data_of_another_volume_is_refused()
    {
        Succeed("format", Address, "--data", Url);
        Succeed("format", Server.Url(volume + "b"), "--data", Url + "b");
        File.Copy(Path.Combine(Store + "b", "volume.json"), Path.Combine(Store, "volume.json"), overwrite: true);
        Refused(4, "volume.json describes volume", "mount", Address, MountPoint);
    }

    [Fact]
    public void What_stands_in_the_way_is_one_line_and_leaves_nothing()
    {
        Refused(2, "Add --data", "format", Address);
        Refused(2, "--data is for metadata in PostgreSQL", "format", Url, "--data", Url + "2");
        Refused(2, "a password does not belong in a URL", "mount", "postgres://u:secret@h/d?volume=v", MountPoint);
        Refused(1, "holds no volume", "mount", Address, MountPoint);
        Refused(1, "cannot be reached: connection refused", "mount", "postgres://bytefuse@127.0.0.1:1/postgres?volume=v", MountPoint);
        Refused(1, "has no database", "format", Address.Replace("/postgres?", "/nothing?"), "--data", Url);
        File.WriteAllText(Path.Combine(Folder, "wrong"), "*:*:*:bytefuse:wrong\n");
        Refused(1, "does not let in the user bytefuse", "format", Address.Replace(Server.PassFile, Path.Combine(Folder, "wrong")), "--data", Url);
        Assert.False(File.Exists(Path.Combine(Store, "volume.json")));
        Succeed("format", Address, "--data", Url);
        Server.Sql($"UPDATE \"bytefuse_{volume}\".volume SET schema_version = 99");
        Refused(5, "has version 99 of the metadata's schema", "mount", Address, MountPoint);
    }

    // A volume on a server of its own, which may be killed; returns its URL.
    private string MountFrom(PostgresCluster server, string options)
    {
        var address = server.Url(volume);
        Succeed("format", address, "--data", Url);
        Succeed("mount", address, MountPoint, "-o", options);
        return address;
    }

    private (long Commits, long Batches, long Gets) Counters()
    {
        using var stats = JsonDocument.Parse(Succeed("stats", MountPoint, "--json"));
        var metadata = stats.RootElement.GetProperty("metadata");
        return (metadata.GetProperty("commits").GetInt64(), metadata.GetProperty("batches").GetInt64(), metadata.GetProperty("gets").GetInt64());
    }
}
