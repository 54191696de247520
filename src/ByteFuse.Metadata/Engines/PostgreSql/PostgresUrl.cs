using System.Globalization;
using Npgsql;

namespace ByteFuse.Metadata.PostgreSql;

/// <summary>
/// postgres://USER@HOST:PORT/DATABASE?volume=NAME and parameters: sslmode=, sslrootcert=, sslcert=, sslkey= and passfile=, which mean
/// what they mean to libpq. A password is in the environment (PGPASSWORD) or in a file (passfile=, PGPASSFILE, ~/.pgpass).
/// </summary>
public sealed record PostgresUrl
{
    /// <summary>Longest name of a volume: PostgreSQL's names have 63 bytes.</summary>
    public const int MaximumNameLength = 48;

    private const int DefaultPort = 5432;

    // Seconds until a server that does not answer counts as away.
    private const int ConnectTimeout = 5;

    private const string SchemaPrefix = "bytefuse_";

    private PostgresUrl(string text) => Text = text;

    /// <summary>As it was given, without what is secret: nothing is.</summary>
    public string Text { get; }

    /// <summary>The server's name or address.</summary>
    public string Host { get; private init; } = "";

    /// <summary>Its port.</summary>
    public int Port { get; private init; }

    /// <summary>The role; null for the name of the user that runs the process.</summary>
    public string? User { get; private init; }

    /// <summary>The database.</summary>
    public string Database { get; private init; } = "";

    /// <summary>The volume's name: its schema is bytefuse_NAME.</summary>
    public string Volume { get; private init; } = "";

    /// <summary>The parameters but for the volume.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; private init; } = new Dictionary<string, string>();

    /// <summary>The volume's schema, without quotes.</summary>
    public string Schema => SchemaPrefix + Volume;

    /// <summary>The schema as SQL has it.</summary>
    internal string QuotedSchema => $"\"{Schema}\"";

    /// <summary>True for a URL of this kind.</summary>
    public static bool IsOne(string url) =>
        url.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a URL; null where it is not good, and <paramref name="problem"/> says why.</summary>
    public static PostgresUrl? TryParse(string url, out string problem)
    {
        problem = "";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0) problem = "not a URL like postgres://USER@HOST/DATABASE?volume=NAME";
        else if (uri.UserInfo.Contains(':')) problem = "a password does not belong in a URL: use PGPASSWORD, PGPASSFILE or passfile=";
        else if (uri.AbsolutePath.Trim('/') is { Length: 0 }) problem = "the database is missing, as in postgres://USER@HOST/DATABASE?volume=NAME";
        if (problem.Length > 0) return null;
        var parameters = new Dictionary<string, string>();
        foreach (var part in uri!.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            var name = equals < 0 ? part : part[..equals];
            if (name is not ("volume" or "sslmode" or "sslrootcert" or "sslcert" or "sslkey" or "passfile")) problem = $"unknown parameter {name}";
            parameters[name] = equals < 0 ? "" : Uri.UnescapeDataString(part[(equals + 1)..]);
        }
        if (parameters.TryGetValue("sslmode", out var mode) && ModeOf(mode) is null)
            problem = $"sslmode={mode}: disable, allow, prefer, require, verify-ca or verify-full is needed";
        if (!parameters.Remove("volume", out var volume)) problem = problem.Length > 0 ? problem : "the volume is missing, as in ?volume=NAME";
        else if (!IsName(volume)) problem = $"volume={volume}: a name is 1 to {MaximumNameLength} of the characters a to z, 0 to 9, _ and -";
        if (problem.Length > 0) return null;
        return new PostgresUrl(Shown(uri))
        {
            Host = uri.IdnHost.Trim('[', ']'),
            Port = uri.Port > 0 ? uri.Port : DefaultPort,
            User = uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : null,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')),
            Volume = volume!,
            Parameters = parameters,
        };
    }

    /// <summary>Two are the same volume if these are the same.</summary>
    public string Identity => string.Create(CultureInfo.InvariantCulture, $"postgres://{Host}:{Port}/{Database}?volume={Volume}");

    public override string ToString() => Text;

    /// <summary>What Npgsql is told. No pool of its own, no state of a session: see ADR 17.</summary>
    internal NpgsqlConnectionStringBuilder ConnectionString(int commandTimeout)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = Host,
            Port = Port,
            Database = Database,
            Username = User ?? Environment.UserName,
            ApplicationName = "bytefuse " + Volume,
            Timeout = ConnectTimeout,
            CommandTimeout = commandTimeout,
            Pooling = false,
            Enlist = false,
            NoResetOnClose = true,
            MaxAutoPrepare = 0,
            TcpKeepAlive = true,
            TcpKeepAliveTime = 10,
            TcpKeepAliveInterval = 5,
        };
        foreach (var (name, value) in Parameters)
        {
            switch (name)
            {
                case "sslmode": settings.SslMode = ModeOf(value)!.Value; break;
                case "sslrootcert": settings.RootCertificate = value; break;
                case "sslcert": settings.SslCertificate = value; break;
                case "sslkey": settings.SslKey = value; break;
                case "passfile": settings.Passfile = value; break;
            }
        }
        return settings;
    }

    private static string Shown(Uri uri) => "postgres" + uri.OriginalString[uri.OriginalString.IndexOf("://", StringComparison.Ordinal)..];

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaximumNameLength && name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-');

    private static SslMode? ModeOf(string mode) => mode switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => null,
    };
}
