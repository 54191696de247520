namespace ByteFuse.Fuzz.Differential;

/// <summary>
/// A program for two sides: per round, every lane's operations in their order (lanes concurrently), then the shared lane's, alone.
/// </summary>
/// <param name="Lanes">Lanes that run concurrently; the shared lane has the next number.</param>
/// <param name="Operations">By round, then lane, then order of issue.</param>
public sealed record Sequence(int Lanes, IReadOnlyList<Operation> Operations)
{
    /// <summary>Number of the lane that runs alone and may touch every lane's tree.</summary>
    public int SharedLane => Lanes;

    /// <summary>The root of a lane's tree below the side's. Two levels, so that "..", after a symbolic link to ".", stays private.</summary>
    public static string RootOf(int lane) => $"l{lane}/top";

    /// <summary>The same lanes with other operations.</summary>
    public Sequence With(IReadOnlyList<Operation> operations) => this with { Operations = operations };
}
