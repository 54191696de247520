namespace ByteFuse.Daemon;

/// <summary>The daemon takes no more mounts because it is about to end: whoever asked asks the next one.</summary>
public sealed class DaemonEnding() : Exception("the daemon is about to end");
