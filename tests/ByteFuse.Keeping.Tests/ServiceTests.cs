using System.Diagnostics;
using ByteFuse.Testing;

namespace ByteFuse.Keeping.Tests;

/// <summary>A keeper as a service, whose manager stores what it keeps.</summary>
public sealed class ServiceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Scratch scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null, "bytefuse-service-");

    public void Dispose()
    {
        Sys.Umount2(scratch["mount"], Abi.MNT_DETACH);
        scratch.Dispose();
    }

    [Fact]
    public async Task A_service_that_is_restarted_goes_on_with_its_mounts()
    {
        KeptVolume.Require();
        var url = VolumeUrl.Parse("file://" + scratch["volume"]);
        VolumeFormatter.Format(url, force: false);
        var mount = Directory.CreateDirectory(scratch["mount"]).FullName;
        using var manager = new FakeServiceManager(scratch["notify"]);
        string[] service = ["keeper", scratch["started"], scratch["serving"], url.ToString(), mount];
        using var first = manager.Start(service);
        Await(() => manager.Ready == 1, "the service is ready");
        var names = manager.Names;
        Assert.Contains("witness", names);
        Assert.Single(names, name => name.EndsWith(".record", StringComparison.Ordinal));

        var open = File.Open(Path.Combine(mount, "unlinked"), FileMode.CreateNew, FileAccess.ReadWrite);
        File.Delete(open.Name);
        ProcessCalls.Kill(first.Id, ProcessCalls.SignalUser2);
        Assert.True(first.WaitForExit(Patience), "the service does not leave");
        Assert.Equal(0, first.ExitCode);
        // Nobody serves it, and nobody is told so: whoever calls waits.
        var waiting = Task.Run(() =>
        {
            File.WriteAllText(Path.Combine(mount, "file"), "content");
            open.Write("more"u8);
            open.Dispose();
        }, TestContext.Current.CancellationToken);

        using var second = manager.Start(service);
        Await(() => manager.Ready == 2, "the service is ready again");
        await waiting.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal("content", File.ReadAllText(Path.Combine(mount, "file")));
        // The same, no other.
        Assert.Equal(names.Order(), manager.Names.Order());

        ProcessCalls.Kill(second.Id, ProcessCalls.SignalTerminate);
        Assert.True(second.WaitForExit(Patience), "the service does not end");
        Assert.Equal(0, second.ExitCode);
        Await(() => manager.Names.All(name => name == "witness"), "nothing is left in the store");
        Assert.DoesNotContain(mount, File.ReadAllText("/proc/self/mounts"));
        Assert.Empty(VolumeChecker.Check(url, repair: false, _ => { }, _ => { }).Problems);
    }

    [Fact]
    public void The_units_are_what_systemd_understands()
    {
        const string analyze = "/usr/bin/systemd-analyze";
        Assert.SkipUnless(File.Exists(analyze), "there is no systemd here");
        foreach (var unit in Directory.GetFiles(Path.Combine(Repository(), "deploy", "systemd")))
        {
            // What they start need not be installed here.
            File.WriteAllText(scratch[Path.GetFileName(unit)], File.ReadAllText(unit).Replace("/usr/bin/bytefuse", "/bin/true"));
        }
        var verified = Command.Run(analyze, ["verify", .. Directory.GetFiles(scratch.Path)]);
        Assert.Equal("", verified.Error);
        Assert.Equal(0, verified.ExitCode);
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ByteFuse.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }

    private static void Await(Func<bool> condition, string what) => Assert.True(SpinWait.SpinUntil(condition, Patience), $"it never came about that {what}");
}
