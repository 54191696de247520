namespace ByteFuse.Fuzz.Directories;

/// <summary>A listing is wrong, or a call failed that must not.</summary>
public sealed class DirectoryFaultException(string message) : Exception(message);
