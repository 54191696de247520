using ByteFuse.Linux;

namespace ByteFuse.Reactor.Tests;

/// <summary>Hazard 15: whoever waits for the end of the witness's pipe waits for the last request of every ring.</summary>
public sealed class WitnessTests
{
    [Fact]
    public void A_witness_is_let_go_with_the_last_ring()
    {
        Assert.Equal(Errno.None, FileCalls.CreatePipe(out var readEnd, out var writeEnd, nonBlocking: true));
        var first = new ReactorSet(new ReactorOptions { MaximumReactors = 1, Pin = false, Witness = writeEnd });
        var second = new ReactorSet(new ReactorOptions { MaximumReactors = 1, Pin = false, Witness = writeEnd });
        FileCalls.Close(writeEnd);
        Assert.Equal(Errno.EAGAIN, FileCalls.Read(readEnd, new byte[1]).Error);
        first.Dispose();
        Assert.Equal(Errno.EAGAIN, FileCalls.Read(readEnd, new byte[1]).Error);
        second.Dispose();
        // The kernel frees a ring a little after it has been closed.
        FileCalls.SetNonBlocking(readEnd, false);
        Assert.Equal(0, FileCalls.Read(readEnd, new byte[1]).Value);
        FileCalls.Close(readEnd);
    }
}
