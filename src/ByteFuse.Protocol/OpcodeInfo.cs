namespace ByteFuse.Protocol;

/// <summary>What is fixed about an opcode.</summary>
/// <param name="Name">Its name in statistics: short, lower case, stable; never null.</param>
/// <param name="FixedLength">Bytes of the argument struct that precedes names and data; 0 if those come at once.</param>
/// <param name="MinimumFixedLength">Bytes of it that must be there; differs from the above for INIT alone.</param>
/// <param name="Mutates">
/// The operation changes the file system: refused on a read-only mount, recorded as a possible duplicate. OPEN counts
/// as not mutating although it truncates when its flags hold O_TRUNC.
/// </param>
/// <param name="HasReply">The kernel waits for a reply; writing one to an opcode without it gives ENOENT.</param>
/// <param name="IsKnown">False for the entry that stands for every opcode outside the table.</param>
public readonly record struct OpcodeInfo(
    string Name, ushort FixedLength, ushort MinimumFixedLength, bool Mutates, bool HasReply, bool IsKnown);
