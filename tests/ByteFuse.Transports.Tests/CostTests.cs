using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using OpenFlags = ByteFuse.Linux.OpenFlags;

namespace ByteFuse.Transports.Tests;

/// <summary>What operations cost, in requests, commits and reads of the engine: counts that no machine changes.</summary>
public sealed class CostTests
{
    [Theory]
    [InlineData(TransportKind.Classic)]
    [InlineData(TransportKind.Uring)]
    public void A_small_file_that_is_made_and_written_costs_one_commit(TransportKind kind)
    {
        KernelMount.Require(kind);
        using var mount = new KernelMount(kind, locks: LockKeeper.Kernel);
        // What is not in a directory that the volume had before, the engine is asked once.
        Directory.CreateDirectory(mount["new"]);
        Write(mount["new/warm"]);
        AwaitReleases(mount, 1);
        // The volume has commits of its own now and then, beside those of requests.
        var (commits, reads) = (long.MaxValue, long.MaxValue);
        for (var i = 0; i < 8; i++)
        {
            var before = Counts.Of(mount);
            Write(mount[$"new/{i}"]);
            AwaitReleases(mount, before.Releases + 1);
            var after = Counts.Of(mount);
            Assert.Equal((1, 1, 1, 0), (after.Lookups - before.Lookups, after.Creates - before.Creates, after.Writes - before.Writes, after.Flushes - before.Flushes));
            commits = Math.Min(commits, after.Commits - before.Commits);
            reads = Math.Min(reads, after.EngineReads - before.EngineReads);
        }
        Assert.Equal(1, commits);
        Assert.Equal(0, reads);
    }

    [Theory]
    [InlineData(TransportKind.Classic)]
    [InlineData(TransportKind.Uring)]
    public void What_is_looked_up_again_costs_requests_alone_and_what_the_kernel_knows_nothing(TransportKind kind)
    {
        KernelMount.Require(kind);
        const int rounds = 100;
        using var uncached = new KernelMount(kind, cacheTimeout: TimeSpan.Zero);
        using var cached = new KernelMount(kind);
        foreach (var mount in new[] { uncached, cached })
        {
            Write(mount["file"]);
            Stat(mount["file"]);
            var before = Counts.Of(mount);
            for (var i = 0; i < rounds; i++) Stat(mount["file"]);
            var after = Counts.Of(mount);
            Assert.Equal(before.EngineReads, after.EngineReads);
            Assert.Equal(before.Commits, after.Commits);
            Assert.Equal(mount == uncached ? rounds : 0, after.Lookups - before.Lookups);
            // Of the directory, for its permissions, and of the file.
            Assert.Equal(mount == uncached ? 2 * rounds : 0, after.GetAttributes - before.GetAttributes);
        }
    }

    [Theory]
    [InlineData(TransportKind.Classic)]
    [InlineData(TransportKind.Uring)]
    public void A_directory_is_listed_with_attributes_in_few_requests(TransportKind kind)
    {
        KernelMount.Require(kind);
        const int files = 1000;
        using var mount = new KernelMount(kind, cacheTimeout: TimeSpan.Zero);
        for (var i = 0; i < files; i++) FileCalls.Close(FileCalls.Open(mount[$"{i}"], OpenFlags.WriteOnly | OpenFlags.Create, 0x180).Value);
        var before = Counts.Of(mount);
        Assert.Equal(files, Directory.GetFiles(mount.Path).Length);
        var after = Counts.Of(mount);
        Assert.Equal(0, after.Lookups - before.Lookups);
        // 32 KiB a request hold some 200 names with attributes, and more without.
        Assert.InRange(after.Listings - before.Listings, 2, 12);
    }

    private static void Write(string path)
    {
        var opened = FileCalls.Open(path, OpenFlags.WriteOnly | OpenFlags.Create, 0x180);
        Assert.True(opened.Succeeded, opened.ToString());
        Assert.Equal(4096, FileCalls.WriteAt(opened.Value, new byte[4096], 0).Value);
        Assert.True(FileCalls.Close(opened.Value).Succeeded);
    }

    private static void Stat(string path) => Assert.Equal(Errno.None, FileCalls.GetBasicStatusAt(AtFlags.WorkingDirectory, PathBytes.Of(path), 0, out _));

    // close(2) does not wait for it.
    private static void AwaitReleases(KernelMount mount, long wanted) =>
        Assert.True(SpinWait.SpinUntil(() => Counts.Of(mount).Releases >= wanted, 20_000), "the file was not released");

    private readonly record struct Counts(
        long Commits, long EngineReads, long Lookups, long GetAttributes, long Creates, long Writes, long Flushes, long Releases, long Listings)
    {
        public static Counts Of(KernelMount mount)
        {
            var engine = mount.Metadata.Statistics;
            var served = mount.Connection.Statistics;
            return new Counts(
                engine.Commits, engine.EngineReads, served.Of(Opcode.Lookup).Requests, served.Of(Opcode.GetAttributes).Requests,
                served.Of(Opcode.Create).Requests, served.Of(Opcode.Write).Requests, served.Of(Opcode.Flush).Requests,
                served.Of(Opcode.Release).Requests, served.Of(Opcode.ReadDirectory).Requests + served.Of(Opcode.ReadDirectoryPlus).Requests);
        }
    }
}
