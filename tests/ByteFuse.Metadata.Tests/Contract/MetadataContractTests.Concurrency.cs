using System.Buffers.Binary;

namespace ByteFuse.Metadata.Tests.Contract;

public abstract partial class MetadataContractTests
{
    [Fact]
    public void Additions_from_many_sides_lose_nothing()
    {
        const int Tasks = 4;
        const int Commits = 500;
        StoreHost.OnAll(Tasks, Count);
        var tasks = Tasks * StoreHost.ReactorCount;
        Assert.Equal([tasks * Commits, -2 * tasks * Commits, (tasks * 1000) + Commits - 1 - 1000], Host.GetCounter("n"));
        Assert.Equal(tasks * Commits, Host.ScanAll(StoreHost.Key("file/")).Count);

        async ReactorTask<bool> Count(int number)
        {
            for (var i = 0; i < Commits; i++)
            {
                using var commit = MetadataCommit.Rent();
                commit.RequireAbsent(StoreHost.Key($"file/{number}/{i}"));
                commit.Put(StoreHost.Key($"file/{number}/{i}"), "x"u8);
                commit.Add(StoreHost.Key("n"), 0, 1);
                commit.Add(StoreHost.Key("n"), 1, -2);
                commit.Max(StoreHost.Key("n"), 2, (number * 1000) + i);
                Assert.True((await Host.Store.Commit(commit)).Committed);
            }
            return true;
        }
    }

    [Fact]
    public void Read_modify_write_under_a_version_loses_nothing()
    {
        const int Tasks = 3;
        const int Increments = 200;
        Host.Put("n", "\0\0\0\0\0\0\0\0");
        var conflicts = 0;
        StoreHost.OnAll(Tasks, Increment);
        Assert.Equal([Tasks * StoreHost.ReactorCount * Increments], Host.GetCounter("n"));
        output.WriteLine($"{conflicts} conflicts");

        async ReactorTask<bool> Increment(int number)
        {
            for (var done = 0; done < Increments;)
            {
                var (value, version) = (await Host.GetAsync(StoreHost.Key("n")))!.Value;
                if (done % 8 == 0) await CoreReactor.Current.Delay(TimeSpan.Zero);
                using var commit = MetadataCommit.Rent();
                BinaryPrimitives.WriteInt64LittleEndian(value, BinaryPrimitives.ReadInt64LittleEndian(value) + 1);
                commit.RequireVersion(StoreHost.Key("n"), version);
                commit.Put(StoreHost.Key("n"), value);
                var outcome = await Host.Store.Commit(commit);
                Assert.Equal(Errno.None, outcome.Error);
                if (outcome.Committed) done++;
                else Interlocked.Increment(ref conflicts);
            }
            return true;
        }
    }

    /// <summary>rmdir against create: one removes the directory if it is empty, the other puts a name into it if it exists.</summary>
    [Fact]
    public void An_emptied_prefix_and_a_new_key_below_it_exclude_each_other()
    {
        const int Rounds = 300;
        var removed = new int[Rounds];
        var created = new int[Rounds];
        for (var i = 0; i < Rounds; i++) Host.Put($"inode/{i}", "directory");
        StoreHost.OnAll(2, Race);
        for (var i = 0; i < Rounds; i++)
        {
            Assert.Equal(1, removed[i] + created[i]);
            Assert.Equal(created[i] == 1, Host.GetText($"inode/{i}") is not null);
            Assert.Equal(created[i], Host.ScanAll(StoreHost.Key($"names/{i}/")).Count);
        }
        output.WriteLine($"{removed.Sum()} removed, {created.Sum()} created");

        async ReactorTask<bool> Race(int number)
        {
            for (var i = 0; i < Rounds; i++)
            {
                using var commit = MetadataCommit.Rent();
                if (((number / StoreHost.ReactorCount) + number) % 2 == 0)
                {
                    commit.RequireExists(StoreHost.Key($"inode/{i}"));
                    commit.RequireEmpty(StoreHost.Key($"names/{i}/"));
                    commit.Delete(StoreHost.Key($"inode/{i}"));
                    if ((await Host.Store.Commit(commit)).Committed) Interlocked.Increment(ref removed[i]);
                }
                else
                {
                    commit.RequireExists(StoreHost.Key($"inode/{i}"));
                    commit.RequireAbsent(StoreHost.Key($"names/{i}/a"));
                    commit.Put(StoreHost.Key($"names/{i}/a"), "x"u8);
                    if ((await Host.Store.Commit(commit)).Committed) Interlocked.Increment(ref created[i]);
                }
            }
            return true;
        }
    }

    [Fact]
    public void Syncs_from_many_sides_all_return_with_their_commits_durable()
    {
        StoreHost.OnAll(4, Work);

        async ReactorTask<bool> Work(int number)
        {
            for (var i = 0; i < 50; i++)
            {
                using var commit = MetadataCommit.Rent();
                commit.Put(StoreHost.Key($"{number}/{i}"), "x"u8);
                Assert.True((await Host.Store.Commit(commit)).Committed);
                var sequence = Host.Store.CommittedSequence;
                Assert.Equal(Errno.None, await Host.Store.Sync());
                Assert.True(Host.Store.DurableSequence >= sequence);
            }
            return true;
        }
    }
}
