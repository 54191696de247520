using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Linux;
using ByteFuse.Reactor;
using ByteFuse.Testing;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>
/// A number is given out once, whatever a power cut takes back: the bytes stored under it may have outlived the inode that had
/// it, and must not become another's.
/// </summary>
public sealed class InodeNumberTests(ITestOutputHelper output) : IDisposable
{
    private const int Cuts = 60;
    private const int MostNumbers = 6_000;

    private readonly Scratch scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
    private readonly ReactorSet reactors = new(new ReactorOptions { MaximumReactors = 2, Pin = false });

    public void Dispose()
    {
        reactors.Dispose();
        scratch.Dispose();
    }

    [Fact]
    public void No_number_comes_twice_over_power_cuts()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("BYTEFUSE_SEED"), out var given) ? given : Environment.TickCount;
        output.WriteLine($"seed {seed} (BYTEFUSE_SEED)");
        var random = new Random(seed);
        using var data = LocalFileStore.Open(Directory.CreateDirectory(scratch["data"]).FullName);
        var metadata = new PowerCutStore();
        Assert.Equal(Errno.None, reactors.RunOn(0, () => Volume.Format(metadata, 1, 2, 3)));
        var taken = new HashSet<ulong>();
        for (var cut = 0; cut < Cuts; cut++)
        {
            var opening = reactors.RunOn(0, () => Volume.Open(metadata, data));
            Assert.Null(opening.Problem);
            var volume = opening.Volume!;
            var reactor = random.Next(reactors.Reactors.Count);
            // Often across the end of a range, and now and then no number at all.
            for (var numbers = random.Next(MostNumbers); numbers > 0; numbers--)
            {
                var allocated = reactors.RunOn(reactor, volume.Inodes.Allocate);
                Assert.Equal(Errno.None, allocated.Error);
                Assert.True(taken.Add(allocated.Inode), $"after {cut} power cuts {allocated.Inode} comes again");
            }
            reactors.RunOn(0, volume.Garbage.Stop);
            reactors.RunOn(0, volume.Strays.Stop);
            var before = metadata;
            metadata = reactors.RunOn(0, before.Cut);
            before.Dispose();
        }
        metadata.Dispose();
    }

    [Fact]
    public void Two_reactors_never_share_a_range()
    {
        using var data = LocalFileStore.Open(Directory.CreateDirectory(scratch["data"]).FullName);
        using var metadata = new PowerCutStore();
        Assert.Equal(Errno.None, reactors.RunOn(0, () => Volume.Format(metadata, 1, 2, 3)));
        var volume = reactors.RunOn(0, () => Volume.Open(metadata, data)).Volume!;
        const int each = 10_000;
        var numbers = new List<ulong>[reactors.Reactors.Count];
        Parallel.For(0, numbers.Length, reactor => numbers[reactor] = reactors.RunOn(reactor, () => Take(volume, each)));
        var all = numbers.SelectMany(taken => taken).ToHashSet();
        Assert.Equal(each * numbers.Length, all.Count);
        reactors.RunOn(0, volume.Garbage.Stop);
    }

    private static async ReactorTask<List<ulong>> Take(Volume volume, int count)
    {
        var taken = new List<ulong>();
        for (var i = 0; i < count; i++)
        {
            var allocated = await volume.Inodes.Allocate();
            Assert.Equal(Errno.None, allocated.Error);
            taken.Add(allocated.Inode);
        }
        return taken;
    }
}
