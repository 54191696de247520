namespace ByteFuse.Metadata.Dump;

/// <summary>A row of the metadata: a key and its value, without the version, which is the engine's.</summary>
/// <param name="Key">As in docs/format.md.</param>
/// <param name="Value">As in docs/format.md.</param>
public readonly record struct DumpRow(byte[] Key, byte[] Value);
