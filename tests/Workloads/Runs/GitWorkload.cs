using static ByteFuse.Workloads.WorkArea;

namespace ByteFuse.Workloads.Runs;

/// <summary>git: clone, fsck, branches, repack, worktree; every checkout equals the one on the trusted file system.</summary>
public static class GitWorkload
{
    public static void Run(WorkArea area)
    {
        string origin = Path.Combine(area.Outside, "origin");
        SourceTree.Generate(Path.Combine(origin, "src"), area.Pick(1500, 6000), seed: 1);
        area.Shell("""
            git config --global user.name tester
            git config --global user.email tester@example.org
            git config --global init.defaultBranch main
            git config --global advice.detachedHead false
            git config --global --add safe.directory '*'
            cd "$OUT/origin"
            git init -q
            git add -A && git commit -qm first
            git checkout -qb other
            git mv src/part0 src/moved
            find src/part1 -name '*1.c' -delete
            find src/part2 -name '*.c' -type f | while read -r f; do echo changed >>"$f"; done
            git add -A && git commit -qm 'rename, delete, change'
            git checkout -q main
            echo more >"src/more"
            git add -A && git commit -qm more
            git merge -q -m merge other
            """);

        area.Shell("""git clone -q "file://$OUT/origin" "$IN/clone" && cd "$IN/clone" && git fsck --full --strict""");
        foreach (string branch in new[] { "other", "main", "main~1", "main" })
            CheckoutAndCompare(area, branch);

        area.Shell("""cd "$IN/clone" && git repack -q -a -d -f && git gc -q --prune=now && git fsck --full --strict""");
        CheckoutAndCompare(area, "origin/other");
        Equal(
            area.Shell("""cd "$OUT/origin" && git rev-list --objects --all | sort | sha256sum"""),
            area.Shell("""cd "$IN/clone" && git checkout -q main && git rev-list --objects main origin/other | sort | sha256sum"""),
            "objects that the branches reach");
        area.Shell("""
            cd "$IN/clone"
            git worktree add -q "$IN/worktree" origin/other
            git -C "$IN/worktree" diff --exit-code origin/other
            git stash list
            echo edit >>src/more && git stash -q && git stash pop -q && test "$(tail -1 src/more)" = edit
            git checkout -q -- . && git status --porcelain >"$IN/status" && test ! -s "$IN/status"
            """);
    }

    private static void CheckoutAndCompare(WorkArea area, string branch)
    {
        string status = area.Shell(
            """
            b=${BRANCH#origin/}
            git -C "$OUT/origin" checkout -q "$b"
            git -C "$IN/clone" checkout -q "$(git -C "$OUT/origin" rev-parse "$b")"
            git -C "$IN/clone" status --porcelain
            """,
            $"BRANCH={branch}");
        Equal("", status, $"git status after the checkout of {branch}");
        TreeImage.Same(
            TreeImage.Of(Path.Combine(area.Outside, "origin"), TreeAspects.Modes, name => name == ".git"),
            TreeImage.Of(Path.Combine(area.Inside, "clone"), TreeAspects.Modes, name => name == ".git"),
            $"checkout of {branch}");
    }
}
