namespace ByteFuse.PosixSuite;

/// <summary>Runs the checks, each in a fresh folder on a thread of its own, and reports.</summary>
internal sealed class SuiteRun(string folder, List<string> filters, bool asRootOnly)
{
    /// <summary>A check that takes longer is reported as hung: the slowest needs about 2 s on a slow disk.</summary>
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(30);

    private readonly SuiteReport _report = new();
    private bool _onFuse;

    internal static IReadOnlyList<CheckGroup> Groups { get; } =
    [
        OpenChecks.Group, CreateChecks.Group, DirectoryChecks.Group, UnlinkChecks.Group, LinkChecks.Group,
        SymlinkChecks.Group, RenameMatrix.Group, RenameChecks.Group, PathErrorMatrix.Group, NameChecks.Group,
        PermissionMatrix.Group, PermissionChecks.Group, StickyChecks.Group, SetgidChecks.Group, ModeChecks.Group,
        OwnerChecks.Group, PrivilegeStrippingChecks.Group, TimesMatrix.Group, TimesChecks.Group, AccessTimeChecks.Group,
        TruncateChecks.Group, ReadWriteChecks.Group, AppendChecks.Group, DirectIoChecks.Group, LargeFileChecks.Group,
        SeekChecks.Group, FallocateChecks.Group, CopyChecks.Group, MmapChecks.Group, SharedOpenChecks.Group, SyncChecks.Group,
        XattrChecks.Group, XattrNamespaceChecks.Group, AclChecks.Group, AclInheritanceChecks.Group,
        FlockChecks.Group, PosixLockChecks.Group, OfdLockChecks.Group, BlockingLockChecks.Group,
        OrphanChecks.Group, TmpfileChecks.Group, SpecialFileChecks.Group, ListingChecks.Group,
        StatfsChecks.Group, HandleChecks.Group, DescriptorChecks.Group, ExecuteChecks.Group,
    ];

    internal static bool Matches(List<string> filters, CheckGroup group, Check check) =>
        filters.Count == 0 || filters.Any(filter => $"{group.Topic}: {check.Name}".Contains(filter, StringComparison.OrdinalIgnoreCase));

    internal int Execute()
    {
        Ok(Sys.Statfs(folder, out VolumeStatus volume));
        _onFuse = volume.Type == FuseMagic;
        Sys.CatchWithoutRestart(SIGUSR1);
        var scratch = new Scratch(folder, "posix-suite-");
        Ok(Sys.Chmod(scratch.Path, Octal(755)));
        int number = 0;
        foreach (CheckGroup group in Groups)
        {
            List<Check> chosen = [.. group.Checks.Where(check => Matches(filters, group, check))];
            if (chosen.Count == 0)
                continue;
            _report.Group(group.Topic);
            foreach (Check check in chosen)
                RunOne($"{group.Topic}: {check.Name}", check, scratch[$"{++number}"]);
        }
        RemoveAll(scratch);
        return _report.Close();
    }

    // A file system that cannot be emptied again, or died meanwhile, has failed.
    private void RemoveAll(Scratch scratch)
    {
        try
        {
            scratch.Dispose();
        }
        catch (IOException failure)
        {
            _report.Fail("clean-up", failure.Message);
        }
    }

    private void RunOne(string name, Check check, string path)
    {
        if (_onFuse && check.ExcludedOnFuse is string reason)
        {
            _report.Skip(name, reason);
            return;
        }
        try
        {
            TaskThread thread = TaskThread.Start(() => Body(check, path));
            if (!thread.Join(Watchdog))
            {
                _report.Fail(name, $"hung: no end within {Watchdog.TotalSeconds} s (its thread {thread.ThreadId} is left behind)");
                return;
            }
            Scratch.Remove(path);
            _report.Pass(name);
        }
        catch (CheckSkippedException skip)
        {
            _report.Skip(name, skip.Message);
            TryRemove(path);
        }
        catch (CheckFailedException failure)
        {
            _report.Fail(name, failure.Message);
            TryRemove(path);
        }
        catch (Exception fault)
        {
            _report.Fail(name, fault.ToString());
            TryRemove(path);
        }
    }

    private void Body(Check check, string path)
    {
        Ok(Sys.Mkdir(path, Octal(777)));
        Ok(Sys.Chmod(path, Octal(777)));
        Ok(Sys.Chdir(path));
        Sys.Umask(0);
        try
        {
            using var checkFolder = new CheckFolder(path, asRootOnly);
            check.Body(checkFolder);
        }
        finally
        {
            // Threads started from this one may share its working folder; it must not keep the mount busy.
            Sys.Umask(0);
            Sys.Chdir("/");
        }
    }

    // The failure is reported already; what cannot be removed now is tried again with the whole scratch folder.
    private static void TryRemove(string path)
    {
        try
        {
            Scratch.Remove(path);
        }
        catch (IOException)
        {
        }
    }
}
