namespace ByteFuse.Daemon;

/// <summary>One thing that the control socket answers.</summary>
internal interface IControlEndpoint
{
    /// <summary>The HTTP method.</summary>
    string Method { get; }

    /// <summary>The path, with {id} in the place of a mount's; as docs/openapi.json has it.</summary>
    string Route { get; }

    /// <summary>Answers a call. A <see cref="Refusal"/> becomes a reply with its line and exit code.</summary>
    Task Answer(ControlCall call);
}
