using ByteFuse.Linux;
using ByteFuse.Protocol;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

public sealed class LocksModelTests
{
    private const int Owners = 5;

    [Fact]
    public void Ranges_are_what_a_model_of_single_bytes_says()
    {
        var random = Seeded(out var seed);
        using var fixture = new LocksFixture();
        var model = new LocksByteModel(Owners);
        for (var step = 0; step < 100_000; step++)
        {
            var where = $"seed {seed}, step {step}";
            var (owner, type, first, last) = Any(random);
            if (random.Next(200) == 0)
            {
                fixture.Table.ReleaseHandle(LocksFixture.File, fixture.Connection, (ulong)owner);
                model.Set(owner, LockType.Unlock, 0, LocksByteModel.Bytes - 1);
            }
            else
            {
                var conflicts = model.Conflicts(owner, type, first, last);
                var error = fixture.Set((ulong)owner, type, (ulong)first, LocksByteModel.End(last));
                Assert.True(error == (conflicts ? Errno.EAGAIN : Errno.None), $"{where}: {error}");
                if (!conflicts) model.Set(owner, type, first, last);
            }
            var runs = model.Runs();
            Assert.True(runs.Count == fixture.Table.Count, $"{where}: {runs.Count} runs, {fixture.Table.Count} locks");
            CheckFind(fixture, model, runs, random, where);
        }
    }

    [Fact]
    public void Waiters_are_granted_as_soon_as_and_only_when_nothing_is_in_the_way()
    {
        var random = Seeded(out var seed);
        using var fixture = new LocksFixture();
        var model = new LocksByteModel(Owners);
        var waiting = new Dictionary<LocksFakeRequest, (int Owner, LockType Type, int First, int Last)>();
        var (granted, deadlocks) = (0, 0);
        for (var step = 0; step < 3_000; step++)
        {
            var where = $"seed {seed}, step {step}";
            var wanted = Any(random);
            var (owner, type, first, last) = wanted;
            // Threads of a blocked owner go on, some to wait too; unlocks are frequent enough that most get their turn.
            if (waiting.Count > 8) (type, first, last) = (LockType.Unlock, 0, LocksByteModel.Bytes - 1);
            var conflicts = model.Conflicts(owner, type, first, last);
            var request = fixture.NewRequest();
            var ask = fixture.Ask((ulong)owner, type, (ulong)first, LocksByteModel.End(last));
            var reply = fixture.Table.SetOrWait(ask, request);
            Assert.True(conflicts == (reply.Kind == ReplyKind.Parked || reply.Error == Errno.EDEADLK), where);
            if (reply.Kind == ReplyKind.Parked) waiting.Add(request, wanted);
            else if (reply.Error == Errno.None) model.Set(owner, type, first, last);
            foreach (var answer in fixture.TakeAnswers())
            {
                Assert.True(waiting.Remove(answer, out var had), where);
                if (answer.Outcome == Errno.EDEADLK)
                {
                    deadlocks++;
                    continue;
                }
                Assert.Equal(Errno.None, answer.Outcome);
                Assert.False(model.Conflicts(had.Owner, had.Type, had.First, had.Last), where);
                model.Set(had.Owner, had.Type, had.First, had.Last);
                granted++;
            }
            Assert.True(waiting.Values.All(w => model.Conflicts(w.Owner, w.Type, w.First, w.Last)), $"{where}: a waiter is held up by nothing");
            Assert.True(model.Runs().Count == fixture.Table.Count, where);
            Assert.Equal(waiting.Count, fixture.Connection.Parked.Count);
        }
        Assert.True(granted > 300, $"seed {seed}: {granted} granted, {deadlocks} deadlocks found late");
    }

    private static Random Seeded(out int seed)
    {
        seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        return new Random(seed);
    }

    private static (int Owner, LockType Type, int First, int Last) Any(Random random)
    {
        var first = random.Next(LocksByteModel.Bytes);
        var last = Math.Min(LocksByteModel.Bytes - 1, first + random.Next(12));
        return (random.Next(Owners), (LockType)random.Next(3), first, last);
    }

    private static void CheckFind(
        LocksFixture fixture, LocksByteModel model, List<(int Owner, LockType Type, int First, int Last)> runs, Random random, string where)
    {
        var (owner, type, first, last) = Any(random);
        var found = fixture.Table.Find(fixture.Ask((ulong)owner, type, (ulong)first, LocksByteModel.End(last)));
        var expected = type == LockType.Unlock
            ? runs.Any(run => run.Owner == owner && run.First <= last && first <= run.Last)
            : model.Conflicts(owner, type, first, last);
        Assert.True(expected == (found.Type != LockType.Unlock), $"{where}: found {found.Type}");
        if (!expected) return;
        var match = runs.Single(run => (uint)run.Owner + 1000 == found.ProcessId && (ulong)run.First == found.Start);
        Assert.True(match.Type == found.Type && LocksByteModel.End(match.Last) == found.End, where);
        Assert.True(match.First <= last && first <= match.Last, where);
    }
}
