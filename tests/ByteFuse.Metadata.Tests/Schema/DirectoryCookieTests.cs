using System.Text;

namespace ByteFuse.Metadata.Tests.Schema;

/// <summary>The cookies are on disk, in keys, and out in the world, as readdir offsets: they never change.</summary>
public sealed class DirectoryCookieTests
{
    // Computed by another implementation of SipHash-1-3 with a key of zeros: CPython's hash of bytes under PYTHONHASHSEED=0,
    // less the top bit.
    [Theory]
    [InlineData("a", 4644417185603328019UL)]
    [InlineData("Makefile", 8097821183628624750UL)]
    [InlineData(".gitignore", 8115714442313205640UL)]
    [InlineData("größe", 8753350263390220956UL)]
    public void Known_names_have_their_known_cookies(string name, ulong cookie) =>
        Assert.Equal(cookie, new DirectoryCookie(0).Of(Encoding.UTF8.GetBytes(name)));

    [Fact]
    public void The_longest_name_too() =>
        Assert.Equal(8276441716573189655UL, new DirectoryCookie(0).Of(Encoding.ASCII.GetBytes(new string('a', 255))));

    [Fact]
    public void Cookies_are_signed_offsets_spread_evenly_and_follow_the_key()
    {
        const int Names = 100_000;
        const int Buckets = 64;
        var counts = new int[Buckets];
        var distinct = new HashSet<ulong>();
        var cookies = new DirectoryCookie(new UInt128(0x0123456789abcdef, 0xfedcba9876543210));
        var others = new DirectoryCookie(new UInt128(0x0123456789abcdee, 0xfedcba9876543210));
        for (var i = 0; i < Names; i++)
        {
            var name = Encoding.ASCII.GetBytes($"file{i}.txt");
            var cookie = cookies.Of(name);
            Assert.InRange(cookie, 3UL, (ulong)long.MaxValue);
            Assert.NotEqual(others.Of(name), cookie);
            Assert.True(distinct.Add(cookie));
            counts[cookie >> 57]++;
        }
        // 1562 a bucket on average with a deviation of 39: eight deviations.
        Assert.All(counts, count => Assert.InRange(count, 1250, 1875));
    }
}
