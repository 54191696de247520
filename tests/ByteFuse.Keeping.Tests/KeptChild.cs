namespace ByteFuse.Keeping.Tests;

/// <summary>A child of a keeper that is no file system: follows a script, and says in files how far it is.</summary>
internal static class KeptChild
{
    public const string Connection = "00000000000000000000000000000007";

    private static readonly KeptMountRecord Record = new()
    {
        Connection = Connection,
        Url = "file:///v",
        MountPoint = "/m",
        Options = "ro",
        RootInode = 1,
        Transport = "classic",
        Descriptors = [KeptDescriptor.Memory],
    };

    public static int Run(string script, string folder)
    {
        if (KeeperClient.TakeStandby()) File.WriteAllText(Path.Combine(folder, "standing"), $"{Environment.ProcessId}");
        using var keeper = KeeperClient.Connect()!;
        File.WriteAllText(Path.Combine(folder, $"pid{keeper.Generation}"), $"{Environment.ProcessId}");
        File.AppendAllText(Path.Combine(folder, "started"), $"{keeper.Generation} {string.Join(',', keeper.Restarts.Select(restart => restart.Reason))}\n");
        return script switch
        {
            "fails" => 3,
            "dies-once" => keeper.Generation == 0 ? Keep(keeper) : TakeAndRelease(keeper, folder),
            "leaves-io" => keeper.Generation == 0 ? LeaveIo(keeper, folder) : TakeAndRelease(keeper, folder),
            "stood-for" => keeper.Generation == 0 ? Serve(keeper, () => Await(folder, "standing")) : TakeAndRelease(keeper, folder),
            "upgrades" => Upgrade(keeper, folder),
            "waits" => Wait(folder),
            _ => 99,
        };
    }

    private static int Keep(KeeperClient keeper)
    {
        Require(KeptBlock.TryCreate("test", 4096, out var block));
        block!.Slice.Span[0] = 42;
        Require(keeper.Keep(Record, block.Descriptor));
        Kill();
        return 0;
    }

    private static int Serve(KeeperClient keeper, Action work)
    {
        Require(KeptBlock.TryCreate("test", 4096, out var block));
        block!.Slice.Span[0] = 42;
        Require(keeper.Keep(Record, block.Descriptor));
        Require(keeper.Serving());
        work();
        Kill();
        return 0;
    }

    // To a program that does not come up, then to one that does and fails as soon as it is the daemon: the next one takes over.
    private static int Upgrade(KeeperClient keeper, string folder) => (keeper.Generation, Environment.GetEnvironmentVariable("FAILS")) switch
    {
        (0, _) => Serve(keeper, () =>
        {
            File.WriteAllText(Path.Combine(folder, "problem"), keeper.Prepare("/bin/false"));
            var fails = Path.Combine(folder, "fails");
            if (keeper.Prepare(fails) is { } problem) throw new InvalidOperationException(problem);
            Require(keeper.Upgrade(fails));
        }),
        (_, null) => TakeAndRelease(keeper, folder),
        _ => 7,
    };

    private static void Await(string folder, string file)
    {
        while (!File.Exists(Path.Combine(folder, file))) Thread.Sleep(5);
    }

    // Somebody else has the witness, as the kernel's side of a ring would.
    private static int LeaveIo(KeeperClient keeper, string folder)
    {
        var started = ChildProcess.Start("/bin/sh", ["-c", $"read line < {Path.Combine(folder, "gate")}"], [], keeper.Witness);
        return started.Succeeded ? Keep(keeper) : 98;
    }

    private static int TakeAndRelease(KeeperClient keeper, string folder)
    {
        File.WriteAllText(Path.Combine(folder, "asking"), "");
        Require(keeper.TakeAll(out var mounts));
        var mount = mounts.Single();
        Require(KeptBlock.TryOpen(mount.Take(KeptDescriptor.Memory).Single(), out var block));
        File.WriteAllText(Path.Combine(folder, "taken"), $"{mount.Record} {block!.Slice.Span[0]} {string.Join(',', mount.Record.Descriptors)}");
        Require(keeper.Release(Connection));
        Require(keeper.TakeAll(out mounts));
        return mounts.Count;
    }

    private static int Wait(string folder)
    {
        using var asked = new ManualResetEventSlim();
        using var terminate = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
            {
                context.Cancel = true;
                asked.Set();
            });
        File.WriteAllText(Path.Combine(folder, "waiting"), "");
        asked.Wait();
        File.WriteAllText(Path.Combine(folder, "orderly"), "");
        return 0;
    }

    private static void Kill()
    {
        ProcessCalls.Kill(Environment.ProcessId, ProcessCalls.SignalKill);
        Thread.Sleep(Timeout.Infinite);
    }

    private static void Require(Errno error)
    {
        if (error != Errno.None) throw new InvalidOperationException($"{error}");
    }
}
