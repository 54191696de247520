namespace ByteFuse.Testing;

/// <summary>A check cannot run here; the message is the reason.</summary>
public sealed class CheckSkippedException(string reason) : Exception(reason);
