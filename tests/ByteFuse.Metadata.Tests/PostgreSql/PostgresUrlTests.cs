using ByteFuse.Metadata.PostgreSql;

namespace ByteFuse.Metadata.Tests.PostgreSql;

public sealed class PostgresUrlTests
{
    [Fact]
    public void A_url_is_taken_apart()
    {
        var url = PostgresUrl.TryParse("postgresql://some%20body@db.example:6000/files?volume=home_1&sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem", out _)!;
        Assert.Equal(("db.example", 6000, "some body", "files", "home_1"), (url.Host, url.Port, url.User, url.Database, url.Volume));
        Assert.Equal(("verify-full", "/etc/ca.pem"), (url.Parameters["sslmode"], url.Parameters["sslrootcert"]));
        Assert.Equal("bytefuse_home_1", url.Schema);
        Assert.Equal(5432, PostgresUrl.TryParse("postgres://h/d?volume=v", out _)!.Port);
        Assert.Equal("::1", PostgresUrl.TryParse("postgres://u@[::1]/d?volume=v", out _)!.Host);
        Assert.StartsWith("postgres://", url.ToString());
    }

    [Theory]
    [InlineData("postgres://u:secret@h/d?volume=v", "password")]
    [InlineData("postgres://u@h/?volume=v", "database is missing")]
    [InlineData("postgres://u@h/d", "volume is missing")]
    [InlineData("postgres://u@h/d?volume=", "1 to 48")]
    [InlineData("postgres://u@h/d?volume=No", "a to z")]
    [InlineData("postgres://u@h/d?volume=a\"b", "a to z")]
    [InlineData("postgres://u@h/d?volume=v&sslmode=maybe", "sslmode=maybe")]
    [InlineData("postgres://u@h/d?volume=v&password=x", "unknown parameter password")]
    [InlineData("postgres:///d?volume=v", "not a URL")]
    public void A_bad_url_is_refused_with_its_fault(string text, string fault)
    {
        Assert.Null(PostgresUrl.TryParse(text, out var problem));
        Assert.Contains(fault, problem);
        Assert.DoesNotContain("secret", problem);
    }
}
