using System.Runtime.InteropServices;
using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.FileSystem;
using ByteFuse.Linux;
using ByteFuse.Metadata.Memory;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Testing;

namespace ByteFuse.Transports.Tests;

/// <summary>
/// Requests of every opcode, damaged at random, served by a real volume: each that passes the transport's check is answered
/// exactly once (or, where the opcode knows no answer, never), with an error that the kernel takes, and nothing throws.
/// </summary>
public sealed class DispatcherFuzzTests(ITestOutputHelper output) : IDisposable
{
    private const int Requests = 100_000;

    private static readonly Opcode[] Opcodes = Enum.GetValues<Opcode>();

    private readonly Scratch scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData(TransportKind.Classic)]
    [InlineData(TransportKind.Uring)]
    public void Every_request_gets_exactly_one_answer(TransportKind transport)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("BYTEFUSE_SEED"), out var given) ? given : Environment.TickCount;
        output.WriteLine($"seed {seed} (BYTEFUSE_SEED)");
        using var reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 1, Pin = false });
        using var metadata = new MemoryMetadataStore();
        using var data = LocalFileStore.Open(Directory.CreateDirectory(scratch["data"]).FullName);
        using var memory = NativeMemoryBlock.Allocate(FakeRequest.MemoryLength);
        var random = new Random(seed);
        Assert.Equal(Errno.None, reactors.RunOn(0, () => Volume.Format(metadata, 1, 2, 3)));
        var volume = reactors.RunOn(0, () => Volume.Open(metadata, data)).Volume!;
        var tally = reactors.RunOn(0, () => Serve(new Connection(volume, new MountOptions(), 4), transport, memory, random));
        output.WriteLine(tally.ToString());
        Assert.Null(tally.Failure);
        // The damage must neither spare nor spoil everything, and what works must be reached too.
        Assert.InRange(tally.Served, Requests / 4, Requests * 99 / 100);
        Assert.True(tally.Succeeded > Requests / 50, $"only {tally.Succeeded} requests succeeded");
        Assert.True(tally.Refused > Requests / 50, $"only {tally.Refused} requests were refused");
        Assert.Equal(Errno.None, reactors.RunOn(0, volume.Close));
    }

    private static async ReactorTask<Tally> Serve(Connection connection, TransportKind transport, NativeMemoryBlock memory, Random random)
    {
        var tally = new Tally();
        var request = new FakeRequest(CoreReactor.Current, memory);
        var builder = new RequestGenerator(random);
        Start(connection, request);
        for (var i = 0; i < Requests && tally.Failure is null; i++)
        {
            // INIT and DESTROY come once in a connection's life; they are part of the reader's own fuzzing.
            var opcode = Opcodes[random.Next(Opcodes.Length)];
            if (opcode is Opcode.Init or Opcode.Destroy) continue;
            var length = builder.Build(opcode, request.Bytes);
            if (!(transport == TransportKind.Classic ? request.TryAccept(length) : TryAcceptEntry(request, length, random))) continue;
            tally.Served++;
            connection.Serve(request);
            await Ended(connection, request);
            tally.Count(request, connection.Statistics.TakeFaults());
        }
        await connection.Close();
        return tally;
    }

    // Now and then the entry lies about its payload, and the header agrees with it or not.
    private static bool TryAcceptEntry(FakeRequest request, int length, Random random)
    {
        if (random.Next(16) != 0) return request.TryAcceptEntry(length, sent: null);
        var sent = (uint)random.Next(2 * FakeRequest.Capacity);
        var stated = 40 + OpcodeTable.Get(MemoryMarshal.Read<InHeader>(request.Bytes).Opcode).FixedLength + sent;
        if (random.Next(2) == 0) MemoryMarshal.Write(request.Bytes, (uint)stated);
        return request.TryAcceptEntry(length, sent);
    }

    private static void Start(Connection connection, FakeRequest request)
    {
        var init = new InitIn
        {
            Major = ProtocolLimits.Major,
            Minor = ProtocolLimits.Minor,
            FlagsLow = unchecked((uint)InitPreferences.DefaultFlags),
            FlagsHigh = (uint)((ulong)InitPreferences.DefaultFlags >> 32),
        };
        request.Bytes[..256].Clear();
        var length = 40 + OpcodeTable.Get(Opcode.Init).FixedLength;
        MemoryMarshal.Write(request.Bytes, new InHeader { Opcode = Opcode.Init, Length = (uint)length, Unique = 1 });
        MemoryMarshal.Write(request.Bytes[40..], in init);
        Assert.True(request.TryAccept(length));
        connection.Serve(request);
        Assert.Equal((1, Errno.None), (request.Answers, request.Error));
        Assert.NotNull(connection.Agreement);
    }

    // A parked one is ended as INTERRUPT would end it; all others end by themselves.
    private static async ReactorTask<bool> Ended(Connection connection, FakeRequest request)
    {
        // 100,000 turns of 100 us: only a request that is never answered gets there.
        for (var turn = 0; request.Answers + request.Silences == 0 && turn < 100_000; turn++)
        {
            if (request.Parkings > 0) connection.InterruptAll(Errno.EINTR);
            await CoreReactor.Current.Delay(TimeSpan.FromMicroseconds(100));
        }
        return true;
    }

    private sealed record Tally
    {
        public int Served { get; set; }

        public int Succeeded { get; set; }

        public int Refused { get; set; }

        public int Silent { get; set; }

        public int Parked { get; set; }

        public string? Failure { get; set; }

        public void Count(FakeRequest request, IReadOnlyList<string> faults)
        {
            var opcode = OpcodeTable.Get(request.Header.Opcode);
            Parked += request.Parkings;
            Silent += request.Silences;
            if (request.Silences == 0 && request.Error == Errno.None) Succeeded++;
            if (request.Silences == 0 && request.Error != Errno.None) Refused++;
            if (faults.Count > 0) Failure = $"{opcode.Name} threw: {faults[0]}";
            else if (request.Answers + request.Silences != 1) Failure = $"{opcode.Name} was answered {request.Answers} times and dropped {request.Silences} times";
            else if (request.Silences == 1 && opcode.HasReply && request.Header.Opcode != Opcode.Interrupt) Failure = $"{opcode.Name} was never answered";
            else if ((int)request.Error is < 0 or > ProtocolLimits.HighestErrno) Failure = $"{opcode.Name} was answered with {request.Error}";
            else if (request.BodyLength < 0 || request.BodyLength > request.Body.Length) Failure = $"{opcode.Name}: a body of {request.BodyLength} bytes";
        }
    }
}
