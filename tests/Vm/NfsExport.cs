using System.Diagnostics;

namespace ByteFuse.VmSuite;

/// <summary>
/// A ByteFUSE mount exported by the kernel's NFS server and mounted again over NFS, versions 3 and 4.2, on the same machine.
/// Runs in the guest.
/// </summary>
internal sealed class NfsExport
{
    private const string Exported = "/mnt/volume";

    /// <summary>A check that takes longer is reported as hung; a server that lets clients come back may take 10 s for it.</summary>
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(90);

    /// <summary>A check that takes longer is named with the time it took: most wait for the protocol's own delays.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5);

    private static readonly NfsMount[] Mounts = [NfsMount.V3, NfsMount.V4];

    private readonly SuiteReport _report = new();
    private readonly NfsServer _server = new(Exported);
    private int _folders;

    internal static int Run() => new NfsExport().Execute();

    private int Execute()
    {
        try
        {
            Command.Check("modprobe", "fuse");
            Directory.CreateDirectory("/srv");
            using (var volume = new MountedVolume("/srv/volume", Exported, "transport=classic"))
            {
                NfsServer.Prepare();
                _server.Start();
                RunAll(volume);
                NfsServer.Stop();
                volume.Umount();
            }
            Check("the volume: clean after all of it", () => MountedVolume.Bytefuse("fsck", "file:///srv/volume"));
        }
        catch (Exception fault)
        {
            _report.Fail("the machine", fault.ToString());
        }
        return _report.Close();
    }

    private void RunAll(MountedVolume volume)
    {
        ListingChecks.Fill(Exported + "/many");
        foreach (NfsMount mount in Mounts)
        {
            mount.Mount(Exported);
            RunGroup(mount, "files", FileChecks.All);
            if (mount == NfsMount.V4)
                RunGroup(mount, "version 4", FileChecks.Version4);
            _report.Group($"{mount.Name}, listing");
            foreach (NfsCheck check in ListingChecks.All)
                RunIn(new NfsFolder(mount.Folder + "/many", Exported + "/many"), $"{mount.Name}, listing: {check.Name}", check);
            RunGroup(mount, "handles after dropped caches", HandleChecks.All);
        }
        AfterRestart("after a restart of the server", () => { });
        AfterRestart("after the volume was mounted anew", () =>
        {
            Timed("unmounting the volume", volume.Umount);
            Timed("mounting the volume", volume.Mount);
        });
        foreach (NfsMount mount in Mounts)
            mount.Umount();
    }

    private void RunGroup(NfsMount mount, string topic, IReadOnlyList<NfsCheck> checks)
    {
        _report.Group($"{mount.Name}, {topic}");
        foreach (NfsCheck check in checks)
        {
            NfsFolder folder = NewFolder(mount);
            Ok(Sys.Mkdir(folder.Local));
            RunIn(folder, $"{mount.Name}, {topic}: {check.Name}", check);
        }
    }

    /// <summary>Stops the server, does something, starts it again; what each client had open goes on.</summary>
    private void AfterRestart(string topic, Action whileStopped)
    {
        var before = new List<RestartChecks>();
        foreach (NfsMount mount in Mounts)
            Timed($"{mount.Name}: opening files", () => before.Add(new RestartChecks(NewFolder(mount))));
        foreach (RestartChecks checks in before)
            checks.Meanwhile();
        Timed("stopping the server", NfsServer.Stop);
        whileStopped();
        Timed("starting the server", _server.Start);
        // Not before: a client that drops a file may have to tell the server, and waits for it.
        NfsServer.DropCaches();
        foreach ((NfsMount mount, RestartChecks checks) in Mounts.Zip(before))
        {
            _report.Group($"{mount.Name}, {topic}");
            foreach (NfsCheck check in checks.All)
                Check($"{mount.Name}, {topic}: {check.Name}", () => check.Body(checks.Folder));
            checks.Dispose();
        }
    }

    private NfsFolder NewFolder(NfsMount mount)
    {
        string name = $"/{++_folders}";
        return new NfsFolder(mount.Folder + name, Exported + name);
    }

    private void RunIn(NfsFolder folder, string name, NfsCheck check) => Check(name, () =>
    {
        using (folder)
            check.Body(folder);
    });

    private void Check(string name, Action body)
    {
        try
        {
            Task task = Task.Run(() => Timed(name, body));
            if (Task.WaitAny([task], Watchdog) < 0)
                throw new CheckFailedException($"hung: no end within {Watchdog.TotalSeconds} s");
            task.GetAwaiter().GetResult();
            _report.Pass(name);
        }
        catch (CheckSkippedException skip)
        {
            _report.Skip(name, skip.Message);
        }
        catch (Exception failure)
        {
            _report.Fail(name, failure is CheckFailedException ? failure.Message : failure.ToString());
        }
    }

    private static void Timed(string name, Action body)
    {
        long start = Stopwatch.GetTimestamp();
        body();
        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        if (taken > Slow)
            Console.WriteLine($"{name}: {taken.TotalSeconds:F1} s");
    }
}
