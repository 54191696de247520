using ByteFuse.Testing;

namespace ByteFuse.Recovery;

/// <summary>
/// Something that works on the mount again and again while the daemon is disturbed, and finds what is wrong: an error, a wrong
/// byte, something that is lost or was done twice, a call that hangs.
/// </summary>
internal abstract class Load(string name)
{
    private Thread? thread;

    public string Name { get; } = name;

    /// <summary>Runs that ended well.</summary>
    public int Runs { get; protected set; }

    /// <summary>What went wrong; null where nothing did. It ends the load.</summary>
    public string? Failure { get; private set; }

    public static Load Named(string name, Programs programs, int seed) => name switch
    {
        "model" => new ModelLoad(seed),
        "fio" => new ProgramLoad(name, mount => ("fio", FioArguments(mount, seed))),
        "fuzz" => new ProgramLoad(name, mount => (programs.Fuzz, ["diff", mount.Native, mount.Inside, "--seed", $"{seed + mount.Run}", "--operations", "4000"])),
        _ => new ProgramLoad(name, mount => (programs.Workloads, [mount.Inside, "--filter", name])),
    };

    /// <summary>Begins on a directory of the mount.</summary>
    /// <param name="inside">An empty directory of the mount.</param>
    /// <param name="native">An empty one on a trusted file system.</param>
    /// <param name="stop">Ends it after the present run.</param>
    public void Start(string inside, string native, CancellationToken stop)
    {
        thread = new Thread(() => Repeat(inside, native, stop)) { Name = Name };
        thread.Start();
    }

    /// <summary>Waits for the end of the present run; false where it hangs.</summary>
    public bool End(TimeSpan patience) => thread!.Join(patience);

    /// <summary>One run; what went wrong, or null.</summary>
    protected abstract string? RunOnce(Place place, CancellationToken stop);

    private void Repeat(string inside, string native, CancellationToken stop)
    {
        try
        {
            do
            {
                Failure = RunOnce(new Place(inside, native, Runs), stop);
                if (Failure is null) Runs++;
            }
            while (Failure is null && !stop.IsCancellationRequested);
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or InvalidOperationException or UnauthorizedAccessException)
        {
            Failure = failure.ToString();
        }
    }

    // Through the page cache and past it; what is written is read back and compared, by the writer at once and at the end.
    private static string[] FioArguments(Place place, int seed) =>
    [
        "--name=verify", $"--directory={place.Inside}", "--rw=randrw", "--bs=4k-64k", "--size=16m", "--numjobs=2", $"--direct={place.Run % 2}",
        "--ioengine=psync", "--verify=crc32c", "--verify_fatal=1", "--verify_backlog=64", "--verify_state_save=0", "--fsync=32", $"--randseed={seed + place.Run}",
    ];
}
