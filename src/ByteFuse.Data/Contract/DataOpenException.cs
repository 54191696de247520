namespace ByteFuse.Data;

/// <summary>A data store cannot be opened; the message is one line for whoever runs the command.</summary>
public sealed class DataOpenException(string message) : Exception(message);
