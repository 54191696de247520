namespace ByteFuse.Daemon;

/// <summary>
/// Something asked for on the command line that cannot be done. The message is one line without "bytefuse:" and without a
/// full stop, made to be read by whoever typed the command. For cold paths only.
/// </summary>
public sealed class Refusal(ExitCode code, string message) : Exception(message)
{
    /// <summary>How the command ends.</summary>
    public ExitCode Code { get; } = code;
}
