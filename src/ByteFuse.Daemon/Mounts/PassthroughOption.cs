namespace ByteFuse.Daemon;

/// <summary>What passthrough= asks for.</summary>
public enum PassthroughOption
{
    /// <summary>Where it is possible.</summary>
    Auto,

    /// <summary>Passthrough, or no mount.</summary>
    On,

    /// <summary>Every read and write comes to the daemon.</summary>
    Off,
}
