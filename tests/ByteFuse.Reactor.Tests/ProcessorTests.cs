using ByteFuse.Linux;

namespace ByteFuse.Reactor.Tests;

public sealed class ProcessorTests
{
    /// <summary>As after a CPU went offline and came back, when the kernel has put its threads elsewhere.</summary>
    [Fact]
    public void A_reactor_that_was_moved_returns_to_its_CPU()
    {
        var processors = Processors.Usable();
        Assert.SkipUnless(processors.Length > 1, "needs two CPUs");
        using var set = new ReactorSet(new ReactorOptions { MaximumReactors = 1 });
        var home = set.Reactors[0].Processor!.Value;
        Assert.Equal([home], Allowed(set));

        var elsewhere = processors.First(processor => processor != home);
        Assert.Equal(Errno.None, set.RunOn(0, () => new ReactorTask<Errno>(ProcessCalls.PinCurrentThread(elsewhere).Error)));
        Assert.Equal([elsewhere], Allowed(set));
        for (var i = 0; i < 2000; i++) set.RunOn(0, () => new ReactorTask<int>(i));
        Assert.Equal([home], Allowed(set));
    }

    private static int[] Allowed(ReactorSet set) => set.RunOn(0, () => new ReactorTask<int[]>(ProcessCalls.AllowedProcessors()));
}
