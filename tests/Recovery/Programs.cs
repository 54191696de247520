namespace ByteFuse.Recovery;

/// <summary>Suites that are loads here.</summary>
/// <param name="Fuzz">The differential fuzzer.</param>
/// <param name="Workloads">Real programs at work, each checked for its result.</param>
internal sealed record Programs(string Fuzz, string Workloads);
