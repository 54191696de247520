using ByteFuse.Data;
using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Metadata.RocksDb;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Testing;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>How a request ended.</summary>
internal sealed record Answer(Errno Error, byte[] Body);

/// <summary>A volume on the real engines, in memory where there is a tmpfs, and a connection whose kernel is the test.</summary>
internal sealed class VolumeFixture : IDisposable
{
    private readonly Scratch scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
    private readonly IDataStore data;
    private readonly List<ConnectionMemory> memories = [];
    private readonly MountOptions options;
    private ConnectionMemory memory;
    private ulong unique = 1000;

    /// <param name="watch">Puts something between the volume and its data store.</param>
    /// <param name="locks">Who keeps the mount's locks.</param>
    public VolumeFixture(Func<IMetadataStore, IDataStore, IDataStore>? watch = null, LockKeeper locks = LockKeeper.Kernel)
    {
        options = new MountOptions { Locks = locks };
        Reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1, Pin = false });
        var ofStore = new RocksDbOptions { CreateIfMissing = true, ReserveBytes = 1 << 20 };
        Metadata = RocksDbMetadataStore.Open(scratch["meta"], ofStore, Reactors.BlockingCalls);
        Files = LocalFileStore.Open(Directory.CreateDirectory(scratch["data"]).FullName);
        data = watch is null ? Files : watch(Metadata, Files);
        Request = new FakeRequest(Reactors.Reactors[0]);
        Assert.Equal(Errno.None, Run(() => Volume.Format(Metadata, 1, 2, 3)));
        Volume = Open([]);
        memory = NewMemory(4);
        Connection = new Connection(Volume, options, 4, memory);
    }

    public ReactorSet Reactors { get; }

    public RocksDbMetadataStore Metadata { get; }

    public LocalFileStore Files { get; }

    public FakeRequest Request { get; }

    public Volume Volume { get; private set; }

    public Connection Connection { get; private set; }

    public T Run<T>(Func<ReactorTask<T>> operation) => Reactors.RunOn(0, operation);

    /// <summary>Serves a request to its end.</summary>
    /// <param name="opcode">The opcode.</param>
    /// <param name="node">The header's nodeid.</param>
    /// <param name="arguments">The fixed arguments; anything where the opcode has none.</param>
    /// <param name="payload">What follows them.</param>
    /// <param name="number">The kernel's number of the request; 0 for the next.</param>
    /// <param name="slot">The slot in which it comes.</param>
    public Answer Serve<T>(Opcode opcode, ulong node, in T arguments, ReadOnlySpan<byte> payload = default, ulong number = 0, uint slot = 0)
        where T : unmanaged
    {
        Request.Scribble();
        Request.SlotNumber = slot;
        Request.Prepare(opcode, node, arguments, payload, number != 0 ? number : unique += 2);
        var answer = Run(async ReactorTask<Answer> () =>
        {
            Connection.Serve(Request);
            var error = await Request.Ended();
            return new Answer(error, Request.Body.Span[..Request.BodyLength].ToArray());
        });
        Assert.Empty(Connection.Statistics.TakeFaults());
        Assert.Equal(1, Request.Ends);
        return answer;
    }

    /// <summary>Waits until whatever may be purged has been, and its bytes are gone.</summary>
    public void CollectGarbage() => Run(Volume.Garbage.Collect);

    /// <summary>The daemon dies and another opens the volume; a new mount begins, or the present one goes on.</summary>
    public void Restart(bool goesOn = false)
    {
        Die();
        var id = Connection.Id;
        if (goesOn) memory = Remember(ConnectionMemory.TryTakeOver(FileCalls.Duplicate(memory.Descriptor).Value, out var taken), taken);
        else memory = NewMemory(++id);
        Volume = Open(goesOn ? [memory] : []);
        Connection = new Connection(Volume, options, id, memory);
    }

    /// <summary>The volume's session ends without having been closed.</summary>
    // What the old session had planned for later must not happen in the next one.
    public void Die()
    {
        Run(Volume.Strays.Stop);
        Run(Volume.Garbage.Stop);
    }

    public void Close() => Assert.Equal(Errno.None, Run(Volume.Close));

    /// <summary>Checks the volume, which must be closed or dead.</summary>
    public CheckReport Check(bool repair = false)
    {
        var storedIds = Files.Scan().Select(file => file.DataId).OfType<ulong>();
        var report = Run(new VolumeCheck(Metadata, data, storedIds, repair, _ => { }).Run);
        Assert.Equal(Errno.None, report.Error);
        return report;
    }

    /// <summary>Every key with this prefix and its value, as hexadecimal digits.</summary>
    public SortedDictionary<string, string> Snapshot(MetadataKey prefix = default)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Run(async ReactorTask<int> () =>
        {
            using var scan = MetadataScan.Rent();
            for (scan.Start(prefix, default, 100); ; scan.Continue())
            {
                Assert.Equal(Errno.None, await Metadata.Scan(scan));
                for (var i = 0; i < scan.Count; i++) all.Add(Convert.ToHexString(scan.Key(i)), Convert.ToHexString(scan.Value(i)));
                if (!scan.HasMore) return all.Count;
            }
        });
        return all;
    }

    /// <summary>The value of a key; null where it is absent.</summary>
    public byte[]? Value(MetadataKey key) => Run(async ReactorTask<byte[]?> () =>
    {
        using var read = MetadataRead.Rent();
        read.Add(key);
        Assert.Equal(Errno.None, await Metadata.Get(read));
        return read.Found(0) ? read.Value(0).ToArray() : null;
    });

    public bool Has(MetadataKey key) => Value(key) is not null;

    /// <summary>Changes the metadata behind the volume's back.</summary>
    public void Commit(Action<MetadataCommit> change) => Run(async ReactorTask<int> () =>
    {
        using var commit = MetadataCommit.Rent();
        change(commit);
        Assert.True((await Metadata.Commit(commit)).Committed);
        return 0;
    });

    public void Dispose()
    {
        // Nothing may run on when the engines close; what it returns matters where a test asks for it.
        Run(Volume.Close);
        Files.Dispose();
        Metadata.Dispose();
        Reactors.Dispose();
        // What the sessions that died had planned for later may have come back to theirs.
        memories.ForEach(held => held.Dispose());
        Request.Dispose();
        scratch.Dispose();
    }

    private Volume Open(IReadOnlyCollection<ConnectionMemory> connections)
    {
        var opening = Run(() => Volume.Open(Metadata, data, connections));
        Assert.Null(opening.Problem);
        return opening.Volume!;
    }

    private ConnectionMemory NewMemory(UInt128 id) => Remember(ConnectionMemory.TryCreate(id, options.Locks, out var made), made);

    private ConnectionMemory Remember(Errno error, ConnectionMemory? made)
    {
        Assert.Equal(Errno.None, error);
        memories.Add(made!);
        return made!;
    }
}
