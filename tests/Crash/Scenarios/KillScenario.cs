namespace ByteFuse.Crash.Scenarios;

/// <summary>
/// kill -9 of the daemon under load. The engine's log and the data are in the kernel's page cache, so nothing acknowledged may be
/// missing; an operation in flight may have happened or not, a write in part.
/// </summary>
public static class KillScenario
{
    public static string? Run(VolumeUnderTest volume, Load load, Random random)
    {
        load.Start();
        load.Await(50 + random.Next(400));
        if (load.Errors() is string errors)
            return errors;
        Thread.Sleep(random.Next(20)); // anywhere within an operation
        volume.Kill9();
        load.Stop();
        volume.Mount();
        string? problem = load.CheckAllAcknowledged();
        volume.Umount();
        string? check = volume.Check();
        volume.Mount();
        return problem ?? check;
    }
}
