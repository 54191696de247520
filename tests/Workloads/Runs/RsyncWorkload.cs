using static ByteFuse.Workloads.WorkArea;

namespace ByteFuse.Workloads.Runs;

/// <summary>rsync -aHAX --modify-window=-1 of /usr/share and of a few odd files, in and out again; compared by rsync and by a tree image.</summary>
public static class RsyncWorkload
{
    public static void Run(WorkArea area)
    {
        string parts = area.Scale == Scale.Full ? "/usr/share" : "/usr/share/zoneinfo /usr/share/perl /usr/share/info /usr/share/common-licenses";
        area.Shell(
            """
            mkdir "$OUT/source" && cd "$OUT/source"
            for p in $PARTS; do if [ -d "$p" ]; then cp -a "$p" .; fi; done
            mkdir odd && cd odd
            echo text >file && ln file hard1 && ln file hard2 && ln -s file symlink && ln -s nowhere dangling
            mkfifo fifo && mknod char c 1 3 && mknod block b 7 0
            echo name >"$(printf 'new\nline \377 \303\274')"
            chmod 4751 hard1 && touch -d '1999-12-31 23:59:59.123456789' old && touch -h -d '2001-01-01 00:00:00.5' symlink
            setfattr -n user.test -v value file
            setfattr -n user.big -v 0x$(head -c 2000 /dev/zero | xxd -p | tr -d '\n') old
            setfacl -m u:1234:r-x,g:99:rwx old
            mkdir defaults && setfacl -d -m u:1234:rw- defaults && touch defaults/inherits
            mkdir sticky && chmod 3777 sticky && chown 12:34 sticky file
            truncate -s 10M sparse && printf x | dd of=sparse bs=1 seek=5000000 conv=notrunc status=none
            """, $"PARTS={parts}");
        foreach ((string from, string to) in new[] { ("$OUT/source", "$IN/copy"), ("$IN/copy", "$OUT/back") })
            Copy(area, from, to);
        TreeImage source = TreeImage.Of(Path.Combine(area.Outside, "source"), TreeAspects.All);
        TreeImage.Same(source, TreeImage.Of(Path.Combine(area.Inside, "copy"), TreeAspects.All), "copied in");
        TreeImage.Same(source, TreeImage.Of(Path.Combine(area.Outside, "back"), TreeAspects.All), "copied back");
        Check(source.Count > 1000, $"only {source.Count} files were copied");

        // An update by deltas in place, and deletions, must arrive as well.
        area.Shell("""
            cd "$OUT/source" && find . -name '*a*' -type f -size +1k | sed -n 1,50p | while read -r f; do echo changed >>"$f"; done
            find . -name '*.gz' -type f | sed -n 1,20p | while read -r f; do rm "$f"; done
            rsync -aHAX --modify-window=-1 --inplace --no-whole-file --delete "$OUT/source/" "$IN/copy/"
            """);
        TreeImage.Same(
            TreeImage.Of(Path.Combine(area.Outside, "source"), TreeAspects.All),
            TreeImage.Of(Path.Combine(area.Inside, "copy"), TreeAspects.All), "updated in place");
    }

    private static void Copy(WorkArea area, string from, string to)
    {
        // --modify-window=-1: nanoseconds count; rsync's default is whole seconds.
        string differences = area.Shell($"""
            rsync -aHAX --modify-window=-1 "{from}/" "{to}/"
            rsync -naHAXc --modify-window=-1 --delete --itemize-changes "{from}/" "{to}/"
            """);
        Equal("", differences, $"rsync's differences between {from} and {to}");
    }
}
