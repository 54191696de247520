using ByteFuse.Metadata;
using ByteFuse.Metadata.PostgreSql;

namespace ByteFuse.Daemon;

/// <summary>
/// Where a volume is: file:///DIR, a directory of this machine, or postgres://USER@HOST/DATABASE?volume=NAME, whose metadata is there
/// and whose data is where its formatting said.
/// </summary>
public sealed class VolumeUrl
{
    private const string FileScheme = "file://";

    private readonly string text;
    private string? directory;

    private VolumeUrl(string path)
    {
        text = FileScheme + path;
        directory = path;
    }

    private VolumeUrl(PostgresUrl postgres)
    {
        text = postgres.ToString();
        Postgres = postgres;
    }

    /// <summary>The metadata's server; null for a volume that is all in a directory.</summary>
    public PostgresUrl? Postgres { get; }

    /// <summary>
    /// The absolute path of the directory that has the volume's lock and bytes. A server has to be asked for it, once: a
    /// <see cref="Refusal"/> where it does not tell.
    /// </summary>
    public string Directory => directory ?? AwaitDirectory(TimeSpan.Zero);

    /// <summary>The same, of a server that may be away for so long; <paramref name="log"/> is told that it is.</summary>
    public string AwaitDirectory(TimeSpan patience, Action<string>? log = null)
    {
        if (directory is not null) return directory;
        try
        {
            return directory = Parse(PostgresMetadataStore.ReadData(Postgres!, patience, log)).Directory;
        }
        catch (MetadataOpenException problem)
        {
            throw VolumeStores.Refuse(problem);
        }
    }

    /// <summary>Reads a URL; a <see cref="Refusal"/> where it is none, or of a kind that this version does not have.</summary>
    public static VolumeUrl Parse(string url)
    {
        if (PostgresUrl.IsOne(url))
        {
            return PostgresUrl.TryParse(url, out var problem) is { } postgres
                ? new VolumeUrl(postgres)
                : throw new Refusal(ExitCode.Usage, $"{WithoutPassword(url)}: {problem}");
        }
        if (!url.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase))
        {
            var scheme = url.IndexOf("://", StringComparison.Ordinal);
            throw new Refusal(ExitCode.Usage, scheme > 0
                ? $"{url}: volumes at {url[..scheme]}:// are not supported by this version; use file:///DIRECTORY"
                : $"{url}: not a volume URL; use file:///DIRECTORY");
        }
        var path = Uri.UnescapeDataString(url[FileScheme.Length..]);
        if (!path.StartsWith('/')) throw new Refusal(ExitCode.Usage, $"{url}: the directory must be absolute, as in file:///srv/volume");
        if (path.Contains('\0')) throw new Refusal(ExitCode.Usage, $"{url.Replace('\0', '?')}: a path holds no null byte");
        return new VolumeUrl(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
    }

    public override string ToString() => text;

    private static string WithoutPassword(string url)
    {
        var at = url.IndexOf('@');
        var colon = url.IndexOf(':', url.IndexOf("://", StringComparison.Ordinal) + 3);
        return at > colon && colon > 0 ? url[..(colon + 1)] + "..." + url[at..] : url;
    }
}
