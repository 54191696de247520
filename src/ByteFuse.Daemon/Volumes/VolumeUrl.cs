namespace ByteFuse.Daemon;

/// <summary>Where a volume is: file:///DIR, a directory of this machine.</summary>
public sealed record VolumeUrl
{
    private const string FileScheme = "file://";

    private VolumeUrl(string directory) => Directory = directory;

    /// <summary>The absolute path of the volume's directory.</summary>
    public string Directory { get; }

    /// <summary>Reads a URL; a <see cref="Refusal"/> where it is none, or of a kind that this version does not have.</summary>
    public static VolumeUrl Parse(string url)
    {
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

    public override string ToString() => FileScheme + Directory;
}
