using System.Diagnostics;
using System.Reflection;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Testing;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>The requests that a kernel sends most cost the collector nothing, from the dispatcher down to the engines.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 10_000;
    private const int WarmUp = 2_000;
    private const int Bytes = 4096;

    [Theory]
    [InlineData(Opcode.Lookup)]
    [InlineData(Opcode.GetAttributes)]
    [InlineData(Opcode.Read)]
    [InlineData(Opcode.Write)]
    public void Served_requests_allocate_nothing_once_warm(Opcode opcode)
    {
        var compiled = typeof(Connection).Assembly.GetCustomAttribute<DebuggableAttribute>();
        Assert.SkipWhen(compiled is { IsJITOptimizerDisabled: true }, "Async state machines are classes without optimization.");
        using var volume = new VolumeFixture();
        var file = volume.CreateOpen("file");
        // What a volume does some seconds after it was opened is no part of a request.
        volume.Die();
        var windows = new AllocationWindows();
        var bytes = volume.Run(async ReactorTask<long> () =>
        {
            await Repeat(volume, opcode, file, WarmUp);
            var answered = 0L;
            while (windows.Next()) answered += await Repeat(volume, opcode, file, Rounds);
            return answered;
        });
        var rounds = (long)Rounds * windows.Count;
        Assert.Equal(rounds, volume.Connection.Statistics.Of(opcode).Requests - WarmUp - (opcode == Opcode.Write ? 1 : 0));
        var body = opcode switch { Opcode.Lookup => 128, Opcode.GetAttributes => 104, Opcode.Read => Bytes, _ => 8 };
        Assert.Equal(rounds * body, bytes);
        Assert.Equal(0, windows.Least);
    }

    // An error costs its body, so that the sum of bodies tells of it.
    private static async ReactorTask<long> Repeat(VolumeFixture volume, Opcode opcode, ulong file, int rounds)
    {
        var bytes = 0L;
        for (var i = 0; i < rounds; i++)
        {
            Prepare(volume.Request, opcode, file, (ulong)i);
            volume.Connection.Serve(volume.Request);
            if (await volume.Request.Ended() == Errno.None) bytes += volume.Request.BodyLength;
        }
        return bytes;
    }

    private static void Prepare(FakeRequest request, Opcode opcode, ulong file, ulong number)
    {
        switch (opcode)
        {
            case Opcode.Lookup:
                request.Prepare(opcode, ProtocolLimits.RootNodeId, 0, "file\0"u8, number);
                break;
            case Opcode.GetAttributes:
                request.Prepare(opcode, file, default(GetAttributesIn), default, number);
                break;
            case Opcode.Read:
                request.Prepare(opcode, file, new ReadIn { Size = Bytes }, default, number);
                break;
            default:
                request.Prepare(opcode, file, new WriteIn { Size = Bytes }, request.Body.Slice(0, Bytes).Span, number);
                break;
        }
    }
}
