using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>What relatime changes at an OPEN is told to the kernel, which keeps attributes for an hour, and nothing else is.</summary>
public sealed class AccessTimeTests : IDisposable
{
    private const uint WriteOnly = 1;
    private const uint NoAccessTime = 0x40000;

    private readonly VolumeFixture volume = new();
    private readonly RecordingNotifier notifier = new();

    public AccessTimeTests() => volume.Connection.Notifier = notifier;

    public void Dispose() => volume.Dispose();

    [Fact]
    public void An_open_that_moves_the_access_time_tells_the_kernel_before_its_answer()
    {
        var file = volume.CreateClosed("file");
        var before = volume.AccessedNs(file);
        Open(file, 0);
        Assert.Equal([file], notifier.Told);
        Assert.Equal(0, notifier.AnswersBeforeTelling);
        Assert.True(volume.AccessedNs(file) > before);
        // Later than mtime and ctime now, so that relatime has nothing to do.
        Open(file, 0);
        Assert.Single(notifier.Told);
        Thread.Sleep(20);
        volume.Write(file, new byte[10]);
        Open(file, 0);
        Assert.Equal([file, file], notifier.Told);
    }

    [Theory]
    [InlineData(WriteOnly)]
    [InlineData(NoAccessTime)]
    public void An_open_that_leaves_the_access_time_tells_nothing(uint flags)
    {
        var file = volume.CreateClosed("file");
        Open(file, flags);
        Assert.Empty(notifier.Told);
    }

    [Fact]
    public void A_read_tells_nothing_as_the_kernel_knows_of_it()
    {
        var file = volume.CreateOpen("file");
        var before = volume.AccessedNs(file);
        Thread.Sleep(20);
        volume.Read(file, 10);
        Assert.True(volume.AccessedNs(file) > before);
        Assert.Empty(notifier.Told);
    }

    [Fact]
    public void An_open_succeeds_where_the_kernel_cannot_be_told()
    {
        var file = volume.CreateClosed("file");
        notifier.Error = Errno.EAGAIN;
        Open(file, 0);
        Assert.Single(notifier.Told);
    }

    // In a tick of the kernel's clock of its own: what happens in the same one as a change moves no time.
    private void Open(ulong file, uint flags)
    {
        Thread.Sleep(20);
        notifier.Request = volume.Request;
        Assert.Equal(Errno.None, volume.Serve(Opcode.Open, file, new OpenIn { Flags = flags }).Error);
    }

    private sealed class RecordingNotifier : IKernelNotifier
    {
        public List<ulong> Told { get; } = [];

        public Errno Error { get; set; }

        public FakeRequest? Request { get; set; }

        public int AnswersBeforeTelling { get; private set; }

        public Errno InvalidateAttributes(ulong nodeId)
        {
            Told.Add(nodeId);
            AnswersBeforeTelling += Request!.Ends;
            return Error;
        }
    }
}
