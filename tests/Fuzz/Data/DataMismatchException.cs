namespace ByteFuse.Fuzz.Data;

/// <summary>The file is not what its model says, or a call failed that must not.</summary>
public sealed class DataMismatchException(string message) : Exception(message);
