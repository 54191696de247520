namespace ByteFuse.Daemon;

/// <summary>What is to be mounted where, and how.</summary>
/// <param name="Url">The volume.</param>
/// <param name="MountPoint">As it was typed.</param>
/// <param name="Options">What -o said.</param>
public sealed record MountPlan(VolumeUrl Url, string MountPoint, ParsedMountOptions Options);
