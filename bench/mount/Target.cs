using System.Globalization;
using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>
/// A file system to measure, with its store on a fresh ext4 loop image of its own: creates on a long-used ext4 cost tens of times
/// what they cost on a new one, so all targets get the same.
/// </summary>
public sealed class Target : IDisposable
{
    private const long ImageSize = 6L << 30;
    private readonly Scratch _scratch;
    private readonly LoopImage _image;
    private readonly IDisposable? _mount;
    private readonly Func<int>? _daemonPid;

    public Target(string name, string folder)
    {
        Name = name;
        _scratch = new Scratch(folder, $"mount-bench-{name}-");
        _image = new LoopImage(_scratch["images"], size: ImageSize);
        string store = Path.Combine(_image.MountPoint, "store");
        Directory.CreateDirectory(store);
        switch (name)
        {
            case "ext4":
                MountPoint = store;
                break;
            case "passthrough_hp":
                var peer = new PassthroughPeer(PassthroughPeer.Build(), store, _scratch["mnt"]);
                (_mount, _daemonPid, MountPoint) = (peer, () => peer.DaemonPid, peer.MountPoint);
                break;
            case "bytefuse-classic" or "bytefuse-uring" or "bytefuse-passthrough":
                var volume = new MountedVolume(store, _scratch["mnt"], Options(name));
                (_mount, _daemonPid, MountPoint) = (volume, () => volume.DaemonPid, volume.MountPoint);
                break;
            default:
                throw new ArgumentException($"unknown target {name}");
        }
    }

    public static string[] Names { get; } = ["ext4", "passthrough_hp", "bytefuse-classic", "bytefuse-uring", "bytefuse-passthrough"];

    public string Name { get; }

    public string MountPoint { get; }

    /// <summary>The daemon's resident memory in MiB, or null where there is none.</summary>
    public double? DaemonMemory()
    {
        if (_daemonPid is null)
            return null;
        string line = File.ReadLines($"/proc/{_daemonPid()}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private static string Options(string name) => name switch
    {
        "bytefuse-classic" => "transport=classic,passthrough=off",
        "bytefuse-uring" => "transport=uring,passthrough=off",
        // Whatever does not go to the kernel comes through io_uring.
        _ => "transport=uring,passthrough=on",
    };

    public void Dispose()
    {
        _mount?.Dispose();
        _image.Dispose();
        _scratch.Dispose();
    }
}
