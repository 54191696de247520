namespace ByteFuse.Daemon;

/// <summary>A request that is refused for what it is, not for what it asks for.</summary>
internal sealed class ControlProblem(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;
}
