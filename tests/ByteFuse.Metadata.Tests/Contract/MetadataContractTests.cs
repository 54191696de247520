using System.Text;

namespace ByteFuse.Metadata.Tests.Contract;

/// <summary>What every engine promises: one suite, run on each.</summary>
public abstract partial class MetadataContractTests : IDisposable
{
    private readonly ITestOutputHelper output;

    protected MetadataContractTests(ITestOutputHelper output)
    {
        this.output = output;
        Host = new StoreHost(Open);
    }

    protected StoreHost Host { get; }

    /// <summary>True where commits are durable when they return, before any sync.</summary>
    protected virtual bool CommitsAreDurable => false;

    public virtual void Dispose()
    {
        Host.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract IMetadataStore Open(BlockingCalls blocking);

    [Fact]
    public void A_put_is_read_back_and_a_delete_is_gone()
    {
        Host.Put("a", "one");
        Assert.Equal("one", Host.GetText("a"));
        Host.Put("a", "two");
        Assert.Equal("two", Host.GetText("a"));
        Assert.True(Host.Commit(commit => commit.Delete(StoreHost.Key("a"))).Committed);
        Assert.Null(Host.GetText("a"));
        Assert.True(Host.Commit(commit => commit.Delete(StoreHost.Key("a"))).Committed);
    }

    [Fact]
    public void One_read_takes_several_keys()
    {
        Host.Put("a", "1");
        Host.Put("c", "");
        using var read = MetadataRead.Rent();
        foreach (var key in new[] { "a", "b", "c", "a" }) read.Add(StoreHost.Key(key));
        Assert.Equal(Errno.None, StoreHost.On(0, () => Host.Store.Get(read)));
        Assert.Equal([true, false, true, true], Enumerable.Range(0, 4).Select(read.Found));
        Assert.Equal("1"u8, read.Value(0));
        Assert.Equal("1"u8, read.Value(3));
        Assert.Equal(0, read.Value(1).Length);
        Assert.Equal(0, read.Value(2).Length);
        Assert.Equal(0UL, read.Version(1));
        Assert.NotEqual(0UL, read.Version(2));
    }

    [Fact]
    public void A_commit_applies_everything()
    {
        Host.Put("gone", "x");
        var outcome = Host.Commit(commit =>
        {
            commit.Put(StoreHost.Key("a"), "1"u8);
            commit.Put(StoreHost.Key("b"), "2"u8);
            commit.Delete(StoreHost.Key("gone"));
            commit.Add(StoreHost.Key("n"), 1, 5);
        });
        Assert.True(outcome.Committed);
        Assert.Equal(("1", "2", null), (Host.GetText("a"), Host.GetText("b"), Host.GetText("gone")));
        Assert.Equal([0, 5], Host.GetCounter("n"));
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("exists")]
    [InlineData("version")]
    [InlineData("version of absent")]
    [InlineData("empty")]
    public void A_precondition_that_fails_is_named_and_nothing_is_applied(string kind)
    {
        Host.Put("there/1", "x");
        var version = Host.Get(StoreHost.Key("there/1"))!.Value.Version;
        var sequence = Host.Store.CommittedSequence;
        for (var position = 0; position < 3; position++)
        {
            var outcome = Host.Commit(commit =>
            {
                // True ones before and behind the false one.
                for (var i = 0; i < position; i++) commit.RequireVersion(StoreHost.Key("there/1"), version);
                var index = kind switch
                {
                    "absent" => commit.RequireAbsent(StoreHost.Key("there/1")),
                    "exists" => commit.RequireExists(StoreHost.Key("there/2")),
                    "version" => commit.RequireVersion(StoreHost.Key("there/1"), version + 1),
                    "version of absent" => commit.RequireVersion(StoreHost.Key("there/2"), 0),
                    _ => commit.RequireEmpty(StoreHost.Key("there/")),
                };
                Assert.Equal(position, index);
                commit.RequireExists(StoreHost.Key("there/1"));
                commit.Put(StoreHost.Key("a"), "1"u8);
                commit.Delete(StoreHost.Key("there/1"));
                commit.Add(StoreHost.Key("n"), 0, 1);
            });
            Assert.False(outcome.Committed);
            Assert.Equal((Errno.None, position), (outcome.Error, outcome.FailedPrecondition));
        }
        Assert.Equal(("x", null, null), (Host.GetText("there/1"), Host.GetText("a"), Host.GetText("n")));
        Assert.Equal(sequence, Host.Store.CommittedSequence);
    }

    [Fact]
    public void Preconditions_that_hold_let_a_commit_pass()
    {
        Host.Put("there/1", "x");
        var version = Host.Get(StoreHost.Key("there/1"))!.Value.Version;
        var outcome = Host.Commit(commit =>
        {
            commit.RequireAbsent(StoreHost.Key("there/"));
            commit.RequireAbsent(StoreHost.Key("there/11"));
            commit.RequireExists(StoreHost.Key("there/1"));
            commit.RequireVersion(StoreHost.Key("there/1"), version);
            commit.RequireEmpty(StoreHost.Key("there/2"));
            commit.RequireEmpty(StoreHost.Key("there/1x"));
            commit.RequireEmpty(StoreHost.Key("therf"));
            // Judged against the state before the commit.
            commit.Put(StoreHost.Key("there/2"), "y"u8);
            commit.Delete(StoreHost.Key("there/1"));
        });
        Assert.True(outcome.Committed, $"precondition {outcome.FailedPrecondition}");
        Assert.Equal((null, "y"), (Host.GetText("there/1"), Host.GetText("there/2")));
    }

    [Fact]
    public void Additions_and_maxima_fold_into_one_value_of_fields()
    {
        Host.Commit(commit =>
        {
            commit.Add(StoreHost.Key("n"), 0, 3);
            commit.Add(StoreHost.Key("n"), 0, -5);
            commit.Max(StoreHost.Key("n"), 2, 100);
            commit.Max(StoreHost.Key("n"), 2, 50);
        });
        Assert.Equal([-2, 0, 100], Host.GetCounter("n"));
        Host.Commit(commit =>
        {
            commit.Add(StoreHost.Key("n"), 1, 7);
            commit.Max(StoreHost.Key("n"), 2, 101);
            commit.Max(StoreHost.Key("n"), 0, -1);
        });
        Assert.Equal([-1, 7, 101], Host.GetCounter("n"));
        Host.Commit(commit =>
        {
            commit.Delete(StoreHost.Key("n"));
            commit.Put(StoreHost.Key("m"), [1, 0, 0, 0, 0, 0, 0, 0]);
            commit.Add(StoreHost.Key("m"), 1, 2);
        });
        Assert.Empty(Host.GetCounter("n"));
        Assert.Equal([1, 2], Host.GetCounter("m"));
    }

    [Fact]
    public void Versions_and_the_sequence_grow_with_every_change()
    {
        var version = 0UL;
        var sequence = Host.Store.CommittedSequence;
        for (var i = 0; i < 50; i++)
        {
            if (i % 3 == 0) Host.Commit(commit => commit.Delete(StoreHost.Key("a")));
            Host.Commit(commit =>
            {
                if (i % 2 == 0) commit.Put(StoreHost.Key("a"), "same"u8);
                else commit.Add(StoreHost.Key("a"), 0, 0);
            });
            var next = Host.Get(StoreHost.Key("a"))!.Value.Version;
            Assert.True(next > version, $"{next} after {version}");
            Assert.True(Host.Store.CommittedSequence > sequence);
            version = next;
            sequence = Host.Store.CommittedSequence;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65536)]
    [InlineData(1 << 20)]
    public void Values_of_any_size_come_back(int size)
    {
        var value = new byte[size];
        new Random(size).NextBytes(value);
        Assert.True(Host.Commit(commit => commit.Put(StoreHost.Key("x"), value)).Committed);
        Assert.Equal(value, Host.Get(StoreHost.Key("x"))!.Value.Value);
        Assert.Equal(value, Host.ScanAll(StoreHost.Key("x"))[0].Value);
    }

    [Fact]
    public void After_a_sync_what_was_committed_is_durable()
    {
        for (var i = 0; i < 5; i++)
        {
            Host.Put("a", $"{i}");
            var sequence = Host.Store.CommittedSequence;
            Assert.Equal(CommitsAreDurable, Host.Store.DurableSequence >= sequence);
            Assert.Equal(Errno.None, Host.Sync());
            Assert.True(Host.Store.DurableSequence >= sequence);
            Assert.True(Host.Store.DurableSequence <= Host.Store.CommittedSequence);
        }
        Assert.Equal(Errno.None, Host.Sync());
    }
}
