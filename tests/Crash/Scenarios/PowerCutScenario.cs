namespace ByteFuse.Crash.Scenarios;

/// <summary>
/// A power cut under load, by shutting the store's file system down without a flush. What a writer fsynced is there, and every
/// directory is in a state that it had since the writer's last fsync.
/// </summary>
public static class PowerCutScenario
{
    public static string? Run(VolumeUnderTest volume, Load load, Random random)
    {
        load.Start();
        load.Await(50 + random.Next(400));
        if (load.Errors() is string errors)
            return errors;
        Thread.Sleep(random.Next(20));
        // An fdatasync(2) that is under way when ext4 is shut down may return 0 without its journal commit: in one of eight cuts,
        // by a program that does nothing but append and sync. What returned after this says nothing.
        int[] before = load.Lengths;
        volume.CutPower(() =>
        {
            volume.Kill9();
            load.Stop();
        });
        volume.Mount();
        string? problem = load.CheckAndRebase((number, writer) => new Allowance(
            DurableLength(writer, before[number], volume.FsyncSyncsAllMetadata), writer.Journal.Count, DataSinceFsync: true, before[number]));
        volume.Umount();
        string? check = volume.Check();
        volume.Mount();
        Load.SyncMount(volume.MountPoint);
        SyncEach(load);
        return problem ?? check;
    }

    /// <summary>
    /// The length of the journal that fsyncs made durable. ext4 commits its journal as far as the fsynced file needs, no further:
    /// there an fsync covers what went before the file's own creation or last growth.
    /// </summary>
    private static int DurableLength(Writer writer, int length, bool syncsAllMetadata)
    {
        var changed = new Dictionary<string, int>();
        int durable = 0;
        for (int i = 0; i < length; i++)
        {
            Operation operation = writer.Journal[i];
            if (operation.Kind == OperationKind.Fsync)
                durable = Math.Max(durable, syncsAllMetadata ? i + 1 : changed.GetValueOrDefault(operation.Name));
            else if (operation.Kind is OperationKind.Create or OperationKind.Append)
                changed[operation.Name] = i + 1;
            else if (operation.Kind is OperationKind.Rename or OperationKind.Unlink)
                MoveName(changed, operation);
        }
        return durable;
    }

    private static void MoveName(Dictionary<string, int> changed, Operation operation)
    {
        if (operation.Kind == OperationKind.Rename)
            changed[operation.Target] = changed.GetValueOrDefault(operation.Name);
        changed.Remove(operation.Name);
    }

    // The next round's baseline counts as durable.
    private static void SyncEach(Load load)
    {
        foreach (string file in load.All.SelectMany(writer => Directory.GetFiles(writer.DirectoryPath)))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }
    }
}
