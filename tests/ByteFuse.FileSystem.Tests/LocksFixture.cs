using System.Collections.Concurrent;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>A lock table with one connection and reactors that answer what was parked.</summary>
internal sealed class LocksFixture : IDisposable
{
    public const ulong File = 17;

    private readonly ConcurrentQueue<LocksFakeRequest> answers = new();
    private ulong unique;

    public LocksFixture(int maximumLocks = 1 << 18, int reactors = 1)
    {
        Table = new LockTable(maximumLocks);
        Reactors = new ReactorSet(new ReactorOptions { MaximumReactors = reactors, Pin = false });
        Connection = NewConnection();
    }

    public LockTable Table { get; }

    public ReactorSet Reactors { get; }

    public Connection Connection { get; }

    // Locks need nothing of the volume but the table, which is ours here.
    public static Connection NewConnection() => new(null!, new MountOptions(), 1);

    public LockRequest Ask(ulong owner, LockType type, ulong start, ulong end, ulong? handle = null, ulong inode = File, bool isFlock = false) =>
        new(new LockOwner(Connection, owner), start, end, type, handle ?? owner, (uint)owner + 1000, inode, isFlock);

    public Errno Set(ulong owner, LockType type, ulong start, ulong end, ulong inode = File) =>
        Table.Set(Ask(owner, type, start, end, inode: inode));

    public Errno Flock(ulong owner, LockType type) => Table.Set(Ask(owner, type, 0, LockRequest.LastByte, isFlock: true));

    /// <summary>A SETLKW that has to be parked.</summary>
    public LocksFakeRequest Wait(ulong owner, LockType type, ulong start, ulong end, ulong inode = File)
    {
        var request = NewRequest();
        Assert.Equal(ReplyKind.Parked, Table.SetOrWait(Ask(owner, type, start, end, inode: inode), request).Kind);
        Assert.Equal(1, request.Parks);
        return request;
    }

    /// <summary>A SETLKW that is answered at once.</summary>
    public Errno WaitForNothing(ulong owner, LockType type, ulong start, ulong end, ulong inode = File)
    {
        var request = NewRequest();
        var reply = Table.SetOrWait(Ask(owner, type, start, end, inode: inode), request);
        Assert.Equal((ReplyKind.Answer, 0), (reply.Kind, request.Parks));
        return reply.Error;
    }

    public LocksFakeRequest WaitFlock(ulong owner, LockType type)
    {
        var request = NewRequest();
        var reply = Table.SetOrWait(Ask(owner, type, 0, LockRequest.LastByte, isFlock: true), request);
        Assert.Equal(ReplyKind.Parked, reply.Kind);
        return request;
    }

    public LocksFakeRequest NewRequest(int reactor = 0) => new(Reactors.Reactors[reactor], unique += 2, answers);

    /// <summary>What was answered since the last call, in order.</summary>
    public List<LocksFakeRequest> TakeAnswers()
    {
        // Posts are executed in order: what was posted before this has been executed after it.
        for (var i = 0; i < Reactors.Reactors.Count; i++) Reactors.RunOn(i, () => new ReactorTask<int>(0));
        var taken = new List<LocksFakeRequest>();
        while (answers.TryDequeue(out var answer))
        {
            Assert.True(answer.CompletedOnItsReactor);
            Assert.Equal(1, answer.Completions);
            taken.Add(answer);
        }
        return taken;
    }

    /// <summary>Asserts who was answered since the last call, in order, with what.</summary>
    public void AssertAnswered(Errno outcome, params LocksFakeRequest[] expected)
    {
        var taken = TakeAnswers();
        Assert.Equal(expected, taken);
        Assert.All(taken, answer => Assert.Equal(outcome, answer.Outcome));
    }

    public void Dispose() => Reactors.Dispose();
}
