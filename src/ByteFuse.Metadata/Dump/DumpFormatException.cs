namespace ByteFuse.Metadata.Dump;

/// <summary>What was to be a dump is none, or is not whole; the message names the line.</summary>
public sealed class DumpFormatException(long line, string problem) : Exception($"line {line}: {problem}");
