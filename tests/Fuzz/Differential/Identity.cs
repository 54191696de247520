using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>
/// The effective user, group and supplementary groups of a thread. The real and saved ids stay root's, so that a thread comes back
/// from being somebody else; a non-zero effective user has no effective capabilities.
/// </summary>
public sealed record Identity(string Name, int User, int Group, int[] Supplementary)
{
    public static readonly Identity Root = new("root", 0, 0, []);

    /// <summary>Root first; the two users share groups, so that group permission bits decide between them.</summary>
    public static readonly Identity[] All = [Root, new("user1", 1001, 1001, [1500]), new("user2", 1002, 1002, [1001, 1500])];

    /// <summary>Makes the calling thread act as this identity.</summary>
    public void Assume()
    {
        const int Unchanged = -1;
        Require(Sys.Setresuid(Unchanged, Root.User, Unchanged));
        Require(Sys.Setresgid(Unchanged, Group, Unchanged));
        Require(Sys.Setgroups(Supplementary));
        Require(Sys.Setresuid(Unchanged, User, Unchanged));
    }

    private void Require(long result)
    {
        if (result < 0)
            throw new InvalidOperationException($"cannot act as {Name} (the fuzzer runs as root): {Abi.ErrnoName(result)}");
    }
}
