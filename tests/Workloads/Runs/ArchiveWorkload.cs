using static ByteFuse.Workloads.WorkArea;

namespace ByteFuse.Workloads.Runs;

/// <summary>tar out and in, grep, sparse copies, hard links through an archive, find -delete.</summary>
public static class ArchiveWorkload
{
    public static void Run(WorkArea area)
    {
        SourceTree.Generate(Path.Combine(area.Outside, "tree"), area.Pick(2000, 20_000), seed: 7);
        area.Shell("""
            cd "$OUT/tree" && mkdir links && echo one >links/a && for i in $(seq 100); do ln links/a links/b$i; done
            tar --format=posix -cf "$OUT/tree.tar" -C "$OUT" tree
            tar -xpf "$OUT/tree.tar" -C "$IN"
            """);
        TreeImage source = Image(area.Outside, "tree");
        TreeImage.Same(source, Image(area.Inside, "tree"), "unpacked");

        Equal(
            area.Shell("""cd "$OUT" && grep -rc word77 tree | sort | sha256sum"""),
            area.Shell("""cd "$IN" && grep -rc word77 tree | sort | sha256sum"""),
            "what grep -r counts");
        area.Shell("""tar -C "$IN" --format=posix -cf "$IN/again.tar" tree && mkdir "$IN/again" && tar -xpf "$IN/again.tar" -C "$IN/again" """);
        TreeImage.Same(source, Image(area.Inside, "again/tree"), "hard links and all, through an archive");
        area.Shell("""cp -a "$IN/tree" "$IN/copied" """);
        TreeImage.Same(source, Image(area.Inside, "copied"), "cp -a");
        SparseCopies(area);

        area.Shell("""find "$IN/again" -depth -delete && find "$IN/copied" -type f -delete && test ! -e "$IN/again" """);
        Equal("0", area.Shell("""find "$IN/copied" -type f | wc -l""").Trim(), "files left by find -type f -delete");
        Equal("1", area.Shell("""cd "$IN/tree/links" && rm b* && stat -c %h a""").Trim(), "links left of 101");
    }

    private static void SparseCopies(WorkArea area)
    {
        area.Shell("""
            cd "$IN" && truncate -s 1G holes
            for m in 0 100 511 1023; do printf data | dd of=holes bs=1M seek=$m conv=notrunc status=none; done
            cp -a --sparse=always holes holes.always
            cp -a --sparse=auto holes holes.auto
            tar -Scf holes.tar holes && mkdir sparse && tar -xSf holes.tar -C sparse
            for copy in holes.always holes.auto sparse/holes; do cmp holes $copy; done
            """);
        foreach (string copy in new[] { "holes", "holes.always", "sparse/holes" })
        {
            string blocks = area.Shell($"""stat -c '%s %b' "$IN/{copy}" """).Trim();
            string[] figures = blocks.Split(' ');
            Equal($"{1L << 30}", figures[0], $"size of {copy}");
            // Four pieces of 4 bytes: allocated in whole blocks of the file system, far below 4 MiB (8192 sectors).
            Check(long.Parse(figures[1], System.Globalization.CultureInfo.InvariantCulture) < 8192, $"{copy} is not sparse: {blocks}");
        }
    }

    private static TreeImage Image(string root, string name) => TreeImage.Of(Path.Combine(root, name), TreeAspects.All);
}
