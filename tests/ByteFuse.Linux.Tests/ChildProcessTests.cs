namespace ByteFuse.Linux.Tests;

public sealed class ChildProcessTests
{
    [Theory]
    [InlineData("exit 0", true, 0)]
    [InlineData("exit 137", true, 137)]
    [InlineData("kill -KILL $$", false, 9)]
    public void The_end_of_a_child_tells_codes_from_signals(string script, bool byExit, int number)
    {
        var child = Start(script, -1, []);
        Assert.Equal(Errno.None, ChildProcess.Wait(child, out var end));
        Assert.Equal((byExit, number), (end.ByExit, end.Number));
        Assert.Equal(Errno.ECHILD, ChildProcess.Wait(child, out _));
    }

    [Fact]
    public void A_child_gets_its_descriptor_and_its_environment_and_no_signal_mask()
    {
        Assert.Equal(Errno.None, UnixSocketRights.CreatePair(true, out var here, out var there));
        var child = 0;
        // A mask is the thread's.
        var thread = new Thread(() =>
        {
            ProcessCalls.BlockSignals(ProcessCalls.SignalTerminate);
            child = Start("echo \"$NAME $(grep SigBlk /proc/$$/status)\" >&3", there, ["NAME=value"]);
        });
        thread.Start();
        thread.Join();
        FileCalls.Close(there);
        Assert.Equal(Errno.None, ChildProcess.Wait(child, out var end));
        Assert.True(end.Succeeded);
        var text = new byte[256];
        var length = UnixSocketRights.Receive(here, text, [], out _).Value;
        Assert.Equal("value SigBlk:\t0000000000000000\n", System.Text.Encoding.ASCII.GetString(text, 0, length));
        FileCalls.Close(here);
    }

    [Fact]
    public void What_cannot_be_executed_is_an_error()
    {
        Assert.Equal(Errno.ENOENT, ChildProcess.Start("/does/not/exist", [], [], 0).Error);
        Assert.Equal(Errno.EACCES, ChildProcess.Start("/etc/passwd", [], [], 0).Error);
    }

    private static int Start(string script, int given, string[] environment)
    {
        var started = ChildProcess.Start("/bin/sh", ["-c", script], [.. environment, "PATH=/usr/bin:/bin"], given < 0 ? 2 : given);
        Assert.True(started.Succeeded, started.ToString());
        return started.Value;
    }
}
