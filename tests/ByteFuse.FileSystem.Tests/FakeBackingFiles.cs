using ByteFuse.Data;
using ByteFuse.Linux;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>A kernel that is given files: it numbers them, and knows which it has.</summary>
internal sealed class FakeBackingFiles : IBackingFiles
{
    private int last;

    /// <summary>The numbers that are not taken back.</summary>
    public HashSet<int> Held { get; } = [];

    /// <summary>What it refuses a file with; None where it takes it.</summary>
    public Errno Refusal { get; set; }

    /// <summary>What happens elsewhere while it takes a file.</summary>
    public Action? Meanwhile { get; set; }

    public IoResult Open(int fd)
    {
        Assert.Equal(Errno.None, FileCalls.GetStatus(fd, out _));
        Meanwhile?.Invoke();
        if (Refusal != Errno.None) return IoResult.FromError(Refusal);
        Held.Add(++last);
        return IoResult.FromValue(last);
    }

    /// <summary>True where it is asked for numbers that it may not have given, as the successor of a dead daemon does.</summary>
    public bool ForgivesUnknown { get; init; }

    public void Close(int backingId) => Assert.True(Held.Remove(backingId) || ForgivesUnknown, $"{backingId} was not given, or was taken back before");
}
