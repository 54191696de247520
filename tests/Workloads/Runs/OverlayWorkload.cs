using ByteFuse.Testing;
using static ByteFuse.Workloads.WorkArea;

namespace ByteFuse.Workloads.Runs;

/// <summary>
/// overlayfs with upperdir and workdir on the file system under test, as container engines use it: copy-up, rename, whiteouts
/// (RENAME_WHITEOUT, character device 0:0) and opaque directories (trusted.overlay.opaque).
/// </summary>
public static class OverlayWorkload
{
    public static void Run(WorkArea area)
    {
        string merged = Path.Combine(area.Inside, "merged");
        string upper = Path.Combine(area.Inside, "upper");
        area.Shell("""
            mkdir "$OUT/lower" "$IN/upper" "$IN/work" "$IN/merged"
            cd "$OUT/lower" && mkdir -p kept replaced/sub deep/er/est many
            echo lower >modified && echo gone >deleted && echo move >renamed && echo x >replaced/sub/file && echo d >deep/er/est/file
            chmod 751 modified && chown 5:6 modified && setfattr -n user.kept -v yes modified && ln -s modified link
            for i in $(seq 300); do echo $i >many/$i; done
            """);
        Mount(area, merged);
        area.AtEnd(() => Sys.Umount2(merged, 0));
        area.Shell("""
            cd "$IN/merged"
            echo new >created && mkdir newdir && ln created hard && mkfifo newdir/fifo
            echo upper >>modified
            rm deleted
            mv renamed newdir/moved
            rm -r replaced && mkdir replaced && echo fresh >replaced/fresh
            echo more >>deep/er/est/file
            mv many/7 many/seven && find many -type f -name '*5' -delete
            """);
        CheckMerged(area, merged);
        CheckUpper(area, upper);

        // After a new mount the same is there: it was all in the upper directory, nothing in caches.
        Equal(0L, Sys.Umount2(merged, 0), "umount of the overlay");
        Mount(area, merged);
        CheckMerged(area, merged);
        Equal(0L, Sys.Umount2(merged, 0), "umount of the overlay");
        Equal("lower", File.ReadAllText(Path.Combine(area.Outside, "lower/modified")).Trim(), "the lower file stays");
        Equal("302", area.Shell("""find "$OUT/lower/many" "$OUT/lower/deleted" "$OUT/lower/renamed" -type f | wc -l""").Trim(), "lower files");
    }

    private static void Mount(WorkArea area, string merged)
    {
        string options = $"lowerdir={area.Outside}/lower,upperdir={area.Inside}/upper,workdir={area.Inside}/work";
        long result = Sys.Mount("overlay", merged, "overlay", 0, options);
        Check(result == 0, $"mount -t overlay: {Abi.ErrnoName(result)}");
        // Without RENAME_WHITEOUT, d_type or trusted xattrs in the upper directory the kernel mounts read-only or degraded.
        Check(Sys.Access(merged, Abi.W_OK) == 0, "the overlay came up read-only");
    }

    private static void CheckMerged(WorkArea area, string merged)
    {
        Equal("created deep hard kept link modified newdir replaced", area.Shell("""cd "$IN/merged/" && ls | xargs""").Replace("many ", "").Trim(), "names");
        Equal("lower\nupper\n", File.ReadAllText(Path.Combine(merged, "modified")), "modified file");
        Equal("751 5 6 yes", area.Shell(
            """cd "$IN/merged" && echo "$(stat -c '%a %u %g' modified) $(getfattr --only-values -n user.kept modified)" """).Trim(),
            "attributes after the copy-up");
        Equal("move", File.ReadAllText(Path.Combine(merged, "newdir/moved")).Trim(), "renamed file");
        Equal("fresh", area.Shell("""ls "$IN/merged/replaced" """).Trim(), "names in the replaced directory");
        Equal("d\nmore\n", File.ReadAllText(Path.Combine(merged, "deep/er/est/file")), "file below copied-up directories");
        Equal("2", area.Shell("""stat -c %h "$IN/merged/created" """).Trim(), "links of the new file");
        // 1 to 300 without the 30 that end in 5; 7 is now `seven`.
        Equal("270", area.Shell("""ls "$IN/merged/many" | wc -l""").Trim(), "names in a merged directory");
        Check(File.Exists(Path.Combine(merged, "many/seven")) && !File.Exists(Path.Combine(merged, "many/7")), "rename in a merged directory");
    }

    private static void CheckUpper(WorkArea area, string upper)
    {
        foreach (string name in new[] { "deleted", "renamed", "many/7", "many/5", "many/295" })
        {
            Equal(0L, Sys.Lstat(Path.Combine(upper, name), out FileStatus status), $"lstat of the whiteout {name}");
            Check(status.Type == Abi.S_IFCHR && status.RdevMajor == 0 && status.RdevMinor == 0, $"{name} is no whiteout");
        }
        Equal("y", area.Shell("""getfattr --only-values -n trusted.overlay.opaque "$IN/upper/replaced" """).Trim(), "opaque mark");
    }
}
