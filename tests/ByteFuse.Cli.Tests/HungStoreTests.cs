using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>Two volumes of one daemon, of which one lies on a disk that does not answer: a mount of another daemon, which is stopped.</summary>
public sealed class HungStoreTests : CommandTest
{
    // More than the threads that a volume has for blocking calls.
    private const int Callers = 12;

    private readonly OwnDaemon own = new();
    private readonly OwnDaemon below = new();
    private Process? disk;

    private string Disk => Path.Combine(Folder, "disk");

    private string Hung => Path.Combine(Folder, "hung");

    private string Well => Path.Combine(Folder, "well");

    public override void Dispose()
    {
        if (disk is { HasExited: false }) Sys.Kill(disk.Id, Abi.SIGCONT);
        own.Dispose();
        foreach (var place in (ReadOnlySpan<string>)[Hung, Well, Disk]) Sys.Umount2(place, Abi.MNT_DETACH);
        if (disk is { HasExited: false }) Sys.Kill(disk.Id, Abi.SIGTERM);
        disk?.WaitForExit(60_000);
        disk?.Dispose();
        below.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task A_volume_whose_disk_hangs_holds_up_no_other()
    {
        foreach (var place in (ReadOnlySpan<string>)[Disk, Hung, Well]) Directory.CreateDirectory(place);
        below.Succeed("format", Url + "-below");
        disk = below.Start("mount", "--foreground", Url + "-below", Disk, "-o", "transport=classic,passthrough=off");
        Eventually(() => IsMounted(Disk), "the disk was there");
        var (hungUrl, wellUrl) = ($"file://{Disk}/volume", Url + "-well");
        own.Succeed("format", hungUrl);
        own.Succeed("format", wellUrl);
        own.Succeed("mount", hungUrl, Hung, "-o", "passthrough=off,locks=kernel");
        own.Succeed("mount", wellUrl, Well, "-o", "passthrough=off");
        var files = Enumerable.Range(0, Callers).Select(number => Written(Path.Combine(Hung, $"file{number}"))).ToList();

        Sys.Kill(disk.Id, Abi.SIGSTOP);
        var answers = new long[Callers];
        var callers = files.Select((file, number) => new Thread(() => answers[number] = Sys.Lseek(file, 0, Abi.SEEK_DATA))).ToList();
        callers.ForEach(caller => caller.Start());
        var id = own.Get("/v1/mounts").GetProperty("mounts").EnumerateArray().Single(mount => mount.GetProperty("mountPoint").GetString() == Hung).GetProperty("id").GetString();
        Eventually(() => own.Get($"/v1/mounts/{id}").GetProperty("requestsInFlight").GetInt32() == Callers, "all of them hang");

        // Blocking calls among them: seeking, copying, syncing. None of them returns where the threads are the other's.
        var work = Task.Run(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                var file = Written(Path.Combine(Well, $"file{i}"));
                var copy = Sys.Open(Path.Combine(Well, $"copy{i}"), Abi.O_CREAT | Abi.O_RDWR, 0x1A4);
                Assert.Equal(0, Sys.Lseek(file, 0, Abi.SEEK_DATA));
                Assert.Equal(65536, Sys.CopyFileRange(file, 0, copy, 0, 65536));
                Assert.Equal(0, Sys.Fsync(copy));
                Sys.Close(copy);
                Sys.Close(file);
                File.Delete(Path.Combine(Well, $"file{i}"));
            }
        }, TestContext.Current.CancellationToken);
        // The bound only keeps a failing test from hanging.
        await work.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.Equal("ok", own.Get("/v1/health").GetProperty("status").GetString());
        Assert.Equal(Callers, own.Get($"/v1/mounts/{id}").GetProperty("requestsInFlight").GetInt32());

        Sys.Kill(disk.Id, Abi.SIGCONT);
        callers.ForEach(caller => caller.Join());
        Assert.All(answers, answer => Assert.Equal(0, answer));
        files.ForEach(file => Sys.Close(file));
        own.Succeed("umount", Hung);
        own.Succeed("umount", Well);
        below.Succeed("umount", Disk);
        Assert.True(disk.WaitForExit(60_000));
    }

    private static long Written(string path)
    {
        var file = Sys.Open(path, Abi.O_CREAT | Abi.O_RDWR, 0x1A4);
        Assert.InRange(file, 0, long.MaxValue);
        Assert.Equal(65536, Sys.Write(file, new byte[65536]));
        return file;
    }
}
