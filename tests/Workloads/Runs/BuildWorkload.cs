using static ByteFuse.Workloads.WorkArea;

namespace ByteFuse.Workloads.Runs;

/// <summary>
/// Configures, builds and tests C projects in place. zlib is quick; GNU tar's own test suite (full scale) is also one of file
/// systems: sparse files, hard links, long names, times, incremental dumps.
/// </summary>
public static class BuildWorkload
{
    public static void Run(WorkArea area)
    {
        BuildZlib(area);
        if (area.Scale == Scale.Full)
            BuildTar(area);
    }

    private static void BuildZlib(WorkArea area)
    {
        string source = SourceTree.Unpack("zlib", Path.Combine(area.Inside, "zlib"));
        string output = area.Shell("""cd "$SOURCE" && ./configure && make -j2 && make test""", $"SOURCE={source}");
        foreach (string test in new[] { "zlib test OK", "zlib shared test OK", "zlib 64-bit test OK" })
            Check(output.Contains($"*** {test} ***"), $"make test did not say: {test}");
        // What the linker wrote must be what an independent build on the trusted file system produces.
        string reference = SourceTree.Unpack("zlib", Path.Combine(area.Outside, "zlib"));
        area.Shell("""cd "$SOURCE" && ./configure && make -j2 libz.a""", $"SOURCE={reference}");
        Equal(Digest(area, reference), Digest(area, source), "digest of the objects in libz.a");
    }

    // ar records no times by default (D), but the order of members and their bytes must agree.
    private static string Digest(WorkArea area, string source) =>
        area.Shell("""cd "$SOURCE" && ar p libz.a | sha256sum""", $"SOURCE={source}").Trim();

    private static void BuildTar(WorkArea area)
    {
        string source = SourceTree.Unpack("tar", Path.Combine(area.Inside, "tar"));
        // Debian removes the manual from the archive: what refers to it is left out, the program and its suite are whole.
        area.Shell(
            """cd "$SOURCE" && FORCE_UNSAFE_CONFIGURE=1 ./configure && for d in gnu lib rmt src; do make -j2 -C $d; done""",
            $"SOURCE={source}");
        // Test 227 (a capability stored raw) fails on ext4 as well with Debian's libcap.
        string output = area.Shell("""cd "$SOURCE" && make -C tests check TESTSUITEFLAGS='-j2 1-226 228-'""", $"SOURCE={source}");
        Check(output.Contains("tests were successful") || output.Contains("tests behaved as expected"), "GNU tar's suite failed");
    }
}
