namespace ByteFuse.Daemon;

/// <summary>What is to be mounted where, and how.</summary>
/// <param name="Url">The volume.</param>
/// <param name="MountPoint">As it was typed.</param>
/// <param name="Options">What -o said, read.</param>
/// <param name="OptionText">What -o said, comma-separated.</param>
public sealed record MountPlan(VolumeUrl Url, string MountPoint, ParsedMountOptions Options, string OptionText)
{
    /// <summary>Reads a plan; a <see cref="Refusal"/> where it makes no sense.</summary>
    public static MountPlan Parse(string url, string mountPoint, IReadOnlyList<string> options) =>
        new(VolumeUrl.Parse(url), mountPoint, MountOptionList.Parse(options), string.Join(',', options));
}
