namespace ByteFuse.Recovery;

/// <summary>What happens to the daemon.</summary>
internal enum Disturbance
{
    /// <summary>SIGKILL at a random moment.</summary>
    Kill,

    /// <summary>`bytefuse upgrade`, to its end.</summary>
    Upgrade,

    /// <summary>`bytefuse upgrade`, and SIGKILL to whatever daemon is there at a random moment of it.</summary>
    CrashedUpgrade,

    /// <summary>SIGKILL to the server that has the metadata, which is then started again.</summary>
    ServerKill,
}
