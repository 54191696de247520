using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>Many mounts on one daemon, at once and one after the other.</summary>
public sealed class ManyMountsTests(ITestOutputHelper output) : CommandTest
{
    private const int Volumes = 100;
    private const int Rounds = 150;

    private readonly OwnDaemon own = new();

    public override void Dispose()
    {
        own.Dispose();
        // What a failed test left.
        foreach (var line in File.ReadAllLines("/proc/self/mountinfo"))
        {
            if (line.Split(' ')[4].StartsWith(Folder + "/", StringComparison.Ordinal)) Sys.Umount2(line.Split(' ')[4], Abi.MNT_DETACH);
        }
        base.Dispose();
    }

    [Fact]
    public void A_hundred_mounts_work_and_a_broken_one_disturbs_nobody()
    {
        const int damaged = 17;
        const int emptied = 42;
        Prepare(Volumes);
        File.Delete(Path.Combine(Folder, $"volume{damaged}", "meta", "CURRENT"));
        own.Succeed("daemon");
        var idle = Resident();
        for (var i = 0; i < Volumes; i++) Assert.Equal(i == damaged ? 422 : 201, Mount(i).Status);
        output.WriteLine($"{(Resident() - idle) / (Volumes - 1) >> 10} KiB resident for each of {Volumes - 1} mounts that nobody used, beside {idle >> 20} MiB");
        // Its bytes are gone from under it.
        Directory.Delete(Path.Combine(Folder, $"volume{emptied}", "data"), recursive: true);
        Assert.ThrowsAny<IOException>(() => File.WriteAllText(Path.Combine(Place(emptied), "file"), "content"));
        foreach (var i in Enumerable.Range(0, Volumes).Where(i => i is not (damaged or emptied))) File.WriteAllText(Path.Combine(Place(i), "file"), $"{i}");
        foreach (var i in Enumerable.Range(0, Volumes).Where(i => i is not (damaged or emptied))) Assert.Equal($"{i}", File.ReadAllText(Path.Combine(Place(i), "file")));
        output.WriteLine($"{(Resident() - idle) / (Volumes - 1) >> 10} KiB for each after a file in each");
        var mounts = own.Get("/v1/mounts").GetProperty("mounts").EnumerateArray().ToList();
        Assert.Equal(Volumes - 1, mounts.Count);
        // The budget of io_uring's entries is for all of them: the last ones do without, and say why.
        foreach (var mount in mounts.Where(mount => mount.GetProperty("transport").GetString() == "classic"))
            Assert.NotEqual("", mount.GetProperty("transportReason").GetString());
        output.WriteLine($"{mounts.Count(mount => mount.GetProperty("transport").GetString() == "uring")} of them use io_uring");
        Assert.Equal("ok", own.Get("/v1/health").GetProperty("status").GetString());
        Assert.Equal(202, own.Ask("POST", "/v1/drain").Status);
        var pid = own.Pid;
        Eventually(() => !ProcessState.IsRunning(pid), "the daemon ended");
        Assert.All(Enumerable.Range(0, Volumes), i => Assert.False(IsMounted(Place(i))));
        Assert.Empty(Directory.GetFiles(own.RunFolder, "*.json"));
    }

    [Fact]
    public void Mounts_that_come_and_go_leave_nothing_behind()
    {
        Prepare(2);
        own.Succeed("daemon");
        Assert.Equal(201, Mount(0, "passthrough=off").Status);
        // What the runtime compiles and opens at first is no growth.
        for (var i = 0; i < 20; i++) ComeAndGo("auto");
        var (slots, descriptors, mappings, threads) = Held();
        for (var i = 0; i < Rounds; i++) ComeAndGo(i % 2 == 0 ? "auto" : "classic");
        var after = Held();
        output.WriteLine($"ring slots {slots} -> {after.Slots}, descriptors {descriptors} -> {after.Descriptors}, mappings {mappings} -> {after.Mappings}, threads {threads} -> {after.Threads}");
        // An operation of the other mount may be under way.
        Assert.InRange(after.Slots, 0, slots + Rounds / 10);
        // What the runtime opens once, and a thread of its pool more or less with its stack: far less than one for each round.
        Assert.InRange(after.Descriptors, 0, descriptors + Rounds / 10);
        Assert.InRange(after.Threads, 0, threads + Rounds / 10);
        Assert.InRange(after.Mappings, 0, mappings + 2 * Rounds / 3);
        // The one beside them never noticed.
        File.WriteAllText(Path.Combine(Place(0), "file"), "content");
        Assert.Equal("content", File.ReadAllText(Path.Combine(Place(0), "file")));
    }

    /// <summary>Counts, not times: a reactor serves few requests of a mount before it comes round to the others.</summary>
    [Theory]
    [InlineData("auto")]
    [InlineData("classic")]
    public void A_flooded_mount_leaves_room_for_a_quiet_one(string transport)
    {
        const int flooders = 16;
        const int asked = 500;
        Prepare(2);
        own.Succeed("daemon", "--reactors", "1");
        Assert.Equal(201, Mount(0, $"transport={transport}").Status);
        Assert.Equal(201, Mount(1, $"transport={transport}").Status);
        long flood = 0;
        using var stop = new CancellationTokenSource();
        // Names that nobody asked for before: each is a request.
        var threads = Enumerable.Range(0, flooders).Select(thread => new Thread(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                Sys.Access(Path.Combine(Place(0), $"{thread}-{i}"), 0);
                Interlocked.Increment(ref flood);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        Eventually(() => Interlocked.Read(ref flood) > 1000, "the flood was there");
        long most = 0, before = Interlocked.Read(ref flood);
        var start = before;
        for (var i = 0; i < asked; i++)
        {
            Assert.Equal(-Abi.ENOENT, Sys.Access(Path.Combine(Place(1), $"quiet-{i}"), 0));
            var now = Interlocked.Read(ref flood);
            (most, before) = (Math.Max(most, now - before), now);
        }
        stop.Cancel();
        threads.ForEach(thread => thread.Join());
        output.WriteLine($"{(before - start) / asked} requests of {flooders} threads for one of the quiet mount, {most} at most");
        Assert.InRange((before - start) / asked, 0, 20 * flooders);
    }

    private string Place(int number) => Path.Combine(Folder, $"place{number}");

    // Copies of one volume: to format each would take a minute.
    private void Prepare(int count)
    {
        own.Succeed("format", $"file://{Folder}/volume0");
        for (var i = 0; i < count; i++)
        {
            Directory.CreateDirectory(Place(i));
            if (i > 0) Command.Check("cp", "-a", $"{Folder}/volume0", $"{Folder}/volume{i}");
        }
    }

    private (int Status, string Body) Mount(int number, string options = "") =>
        own.Ask("POST", "/v1/mounts", $$"""{"url":"file://{{Folder}}/volume{{number}}","mountPoint":"{{Place(number)}}","options":["{{options}}"]}""");

    private void ComeAndGo(string transport)
    {
        var (status, body) = Mount(1, $"transport={transport},passthrough=off");
        Assert.True(status == 201, body);
        File.WriteAllText(Path.Combine(Place(1), "file"), "content");
        Assert.Equal("content", File.ReadAllText(Path.Combine(Place(1), "file")));
        Assert.Equal(204, own.Ask("DELETE", $"/v1/mounts/{JsonDocument.Parse(body).RootElement.GetProperty("id").GetString()}").Status);
    }

    private long Resident() => own.Get("/v1/status").GetProperty("residentBytes").GetInt64();

    private (int Slots, int Descriptors, int Mappings, int Threads) Held()
    {
        var id = own.Get("/v1/mounts").GetProperty("mounts")[0].GetProperty("id").GetString();
        var slots = own.Get($"/v1/mounts/{id}/stats").GetProperty("reactors").EnumerateArray().Sum(reactor => reactor.GetProperty("ringSlots").GetInt32());
        return (slots, Directory.GetFileSystemEntries($"/proc/{own.Pid}/fd").Length, File.ReadAllLines($"/proc/{own.Pid}/maps").Length, Directory.GetDirectories($"/proc/{own.Pid}/task").Length);
    }
}
