using System.Text;

namespace ByteFuse.Keeping.Tests;

/// <summary>What keeper and daemon say to each other is a format (docs/keeping.md): the other side may be of another version.</summary>
public sealed class KeptRecordTests : IDisposable
{
    // As version 1 writes it.
    private const string Format1 =
        """{"kind":"keep","mount":{"format":1,"connection":"000102030405060708090a0b0c0d0e0f","url":"file:///srv/volume","mountPoint":"/mnt","options":"ro,noatime","rootInode":1,"transport":"classic","started":"2026-11-26T01:02:03+00:00","descriptors":["memory","lock","fuse","fuse"]}}""";

    private static readonly KeptMountRecord Record = new()
    {
        Connection = "000102030405060708090a0b0c0d0e0f",
        Url = "file:///srv/volume",
        MountPoint = "/mnt",
        Options = "ro,noatime",
        RootInode = 1,
        Transport = "classic",
        Started = new DateTimeOffset(2026, 11, 26, 1, 2, 3, TimeSpan.Zero),
        Descriptors = ["memory", "lock", "fuse", "fuse"],
    };

    private readonly int here;
    private readonly KeeperSocket socket;

    public KeptRecordTests()
    {
        Assert.Equal(Errno.None, UnixSocketRights.CreatePair(sequencedPackets: true, out here, out var there));
        socket = new KeeperSocket(there);
    }

    public void Dispose()
    {
        FileCalls.Close(here);
        socket.Dispose();
    }

    [Fact]
    public void A_record_is_written_as_the_format_says()
    {
        Assert.Equal(Errno.None, socket.Send(new KeeperMessage { Kind = KeeperMessage.Keep, Mount = Record }));
        var bytes = new byte[KeeperMessage.MaximumLength];
        var length = UnixSocketRights.Receive(here, bytes, [], out _).Value;
        Assert.Equal(Format1, Encoding.UTF8.GetString(bytes, 0, length));
    }

    [Fact]
    public void What_one_keeper_tells_another_is_written_as_the_format_says()
    {
        const string format =
            """{"kind":"estate","protocol":2,"pid":7,"generation":3,"restarts":[{"time":"2026-11-26T01:02:03+00:00","reason":"signal 9","livedMs":12}],"program":"/p","arguments":["daemon"],"noStandby":true}""";
        var estate = new KeeperMessage
        {
            Kind = KeeperMessage.Estate,
            Protocol = KeeperMessage.CurrentProtocol,
            Pid = 7,
            Generation = 3,
            Restarts = [new KeeperRestart(Record.Started, "signal 9", 12)],
            Program = "/p",
            Arguments = ["daemon"],
            NoStandby = true,
        };
        Assert.Equal(Errno.None, socket.Send(estate));
        var bytes = new byte[KeeperMessage.MaximumLength];
        var length = UnixSocketRights.Receive(here, bytes, [], out _).Value;
        Assert.Equal(format, Encoding.UTF8.GetString(bytes, 0, length));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"later\":{\"a\":[1]},")]
    public void A_record_is_read_whatever_later_versions_add(string added)
    {
        Send(Format1.Replace("\"options\"", added + "\"options\"").Replace("\"kind\"", added + "\"kind\""));
        Assert.Equal(Errno.None, socket.Receive(out var message, out _));
        Assert.Equal(Record.Descriptors, message!.Mount!.Descriptors);
        Assert.Equal(Record with { Descriptors = message.Mount.Descriptors }, message.Mount with { Later = null });
    }

    [Fact]
    public void A_keeper_gives_back_what_a_later_version_added()
    {
        Send(Format1.Replace("]}}", "],\"later\":{\"a\":[1]}}}"));
        Assert.Equal(Errno.None, socket.Receive(out var message, out _));
        Assert.Equal(Errno.None, socket.Send(message!));
        var bytes = new byte[KeeperMessage.MaximumLength];
        var length = UnixSocketRights.Receive(here, bytes, [], out _).Value;
        Assert.Equal(Format1.Replace("]}}", "],\"later\":{\"a\":[1]}}}"), Encoding.UTF8.GetString(bytes, 0, length));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"kind":"keep","mount":{"url":"file:///v"}}""")]
    [InlineData("""{"kind":"keep","mount":{"connection":"1","url":"u","mountPoint":"m","transport":"t","descriptors":7}}""")]
    public void What_is_no_message_is_an_error_and_its_descriptors_are_closed(string text)
    {
        Assert.Equal(Errno.None, FileCalls.CreatePipe(out var readEnd, out var writeEnd));
        Assert.True(UnixSocketRights.Send(here, Encoding.UTF8.GetBytes(text), [writeEnd]).Succeeded);
        FileCalls.Close(writeEnd);
        Assert.Equal(Errno.EBADMSG, socket.Receive(out _, out var descriptors));
        Assert.Empty(descriptors);
        Assert.Equal(0, FileCalls.Read(readEnd, new byte[1]).Value);
        FileCalls.Close(readEnd);
    }

    [Fact]
    public void The_end_of_the_other_side_is_told_from_an_error()
    {
        Assert.Equal(Errno.None, UnixSocketRights.CreatePair(sequencedPackets: true, out var one, out var two));
        FileCalls.Close(one);
        using var closed = new KeeperSocket(two);
        Assert.Equal(Errno.ENOTCONN, closed.Receive(out _, out _));
        Assert.Equal(Errno.EPIPE, closed.Send(new KeeperMessage { Kind = KeeperMessage.Done }));
    }

    private void Send(string text) => Assert.True(UnixSocketRights.Send(here, Encoding.UTF8.GetBytes(text), []).Succeeded);
}
