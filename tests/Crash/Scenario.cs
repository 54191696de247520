using ByteFuse.Crash.Scenarios;
using ByteFuse.Testing;

namespace ByteFuse.Crash;

/// <summary>
/// One way to crash. A round returns null or what is wrong; the rounds of a scenario follow each other on one volume, so that each
/// begins upon what the crash before left.
/// </summary>
public sealed record Scenario(
    string Name, Func<VolumeUnderTest, Load, Random, string?> Round, bool NeedsByteFuse = false, long StoreSize = 2L << 30)
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("kill", KillScenario.Run),
        new("terminate", TerminateScenario.Run),
        new("power-cut", PowerCutScenario.Run),
        new("old-metadata", OldMetadataScenario.Run, NeedsByteFuse: true),
        // One data file per file: the default of ext4 is an inode for each 16 KiB.
        new("corrupt-metadata", CorruptMetadataScenario.Run, NeedsByteFuse: true, StoreSize: 4L << 30),
        new("full-disk", FullDiskScenario.Run, StoreSize: FullDiskScenario.StoreSize),
    ];

    public void Run(SuiteReport report, string target, string folder, int rounds, int seed)
    {
        string step = Name;
        try
        {
            using var scratch = new Scratch(folder, "crash-");
            using var image = new LoopImage(scratch["images"], size: StoreSize);
            using VolumeUnderTest volume = target == "bytefuse"
                ? new ByteFuseVolume(image, scratch["mnt"])
                : new PassthroughVolume(image, scratch["mnt"]);
            var load = new Load(volume.MountPoint, seed, punches: target == "bytefuse");
            for (int round = 1; round <= rounds; round++)
            {
                step = $"{Name}, round {round}";
                var random = new Random(unchecked((seed * 1000) + round));
                if (Round(volume, load, random) is string problem)
                {
                    report.Fail(step, problem);
                    return; // the next round would begin upon a volume that is wrong already
                }
                report.Pass(step);
            }
        }
        catch (Exception failure)
        {
            report.Fail(step, failure.ToString());
        }
    }
}
