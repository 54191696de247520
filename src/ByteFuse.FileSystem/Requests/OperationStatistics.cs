using System.Numerics;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>Counts of one connection, kept per reactor and summed when they are read.</summary>
public sealed class OperationStatistics
{
    private readonly ReactorLocal<ReactorOperations> reactors = new(() => new ReactorOperations());

    internal ReactorOperations Current => reactors.Value;

    /// <summary>Faults of ours: exceptions that cost a request EIO. Taken out by the reader, who logs them.</summary>
    public IReadOnlyList<string> TakeFaults() => [.. reactors.All.SelectMany(reactor => reactor.TakeFaults())];

    /// <summary>Sums of an opcode over all reactors.</summary>
    public OperationCount Of(Opcode opcode)
    {
        var sum = default(OperationCount);
        foreach (var reactor in reactors.All) sum += reactor.Of(opcode);
        return sum;
    }

    /// <summary>Requests being served now.</summary>
    public long InFlight => reactors.All.Sum(reactor => reactor.InFlight);

    /// <summary>Requests that took less than 2^bucket nanoseconds, of an opcode, by bucket.</summary>
    public long[] Histogram(Opcode opcode)
    {
        var sum = new long[ReactorOperations.Buckets];
        foreach (var reactor in reactors.All) reactor.AddHistogram(opcode, sum);
        return sum;
    }
}

/// <summary>Count of an operation.</summary>
/// <param name="Requests">Requests answered.</param>
/// <param name="Errors">Of these, with an error.</param>
/// <param name="BodyBytes">Bytes of reply bodies: of a READ, the file's.</param>
/// <param name="PayloadBytes">Bytes that came with requests and were taken: names, and the data of a WRITE.</param>
/// <param name="Nanoseconds">Time from the request's arrival to its answer, added up.</param>
public readonly record struct OperationCount(long Requests, long Errors, long BodyBytes, long PayloadBytes, long Nanoseconds)
{
    public static OperationCount operator +(OperationCount left, OperationCount right) => new(
        left.Requests + right.Requests, left.Errors + right.Errors, left.BodyBytes + right.BodyBytes,
        left.PayloadBytes + right.PayloadBytes, left.Nanoseconds + right.Nanoseconds);
}

/// <summary>The counts of one reactor: written by its thread alone.</summary>
internal sealed class ReactorOperations
{
    /// <summary>2^40 ns is 18 minutes: longer requests share the last bucket.</summary>
    public const int Buckets = 41;

    private readonly OperationCount[] counts = new OperationCount[OpcodeTable.Count];
    private readonly long[] histogram = new long[OpcodeTable.Count * Buckets];
    private readonly FaultQueue faults = new();

    public long InFlight { get; private set; }

    public OperationCount Of(Opcode opcode) => counts[Index(opcode)];

    public void AddHistogram(Opcode opcode, long[] sum)
    {
        for (var bucket = 0; bucket < Buckets; bucket++) sum[bucket] += histogram[Index(opcode) * Buckets + bucket];
    }

    public long Begin(IClock clock)
    {
        InFlight++;
        return clock.MonotonicNanoseconds;
    }

    public void End(Opcode opcode, Reply reply, int payloadLength, long started, IClock clock)
    {
        InFlight--;
        var elapsed = clock.MonotonicNanoseconds - started;
        var index = Index(opcode);
        var failed = reply.Error != Errno.None;
        counts[index] += new OperationCount(1, failed ? 1 : 0, reply.BodyLength, failed ? 0 : payloadLength, elapsed);
        histogram[index * Buckets + Math.Min(Buckets - 1, BitOperations.Log2((ulong)Math.Max(1, elapsed)) + 1)]++;
    }

    public void CountFault(Opcode opcode, Exception exception) => faults.Add($"{OpcodeTable.Get(opcode).Name}: {exception}");

    public IEnumerable<string> TakeFaults() => faults.Take();

    private static int Index(Opcode opcode) => (uint)opcode < OpcodeTable.Count ? (int)opcode : 0;
}
