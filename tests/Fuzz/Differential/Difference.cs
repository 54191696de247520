namespace ByteFuse.Fuzz.Differential;

/// <summary>A place where the two sides disagree.</summary>
/// <param name="Signature">What kind of disagreement it is: shrinking keeps to one signature, so that it does not slip to another defect.</param>
/// <param name="Description">For people: the operation or path, with both sides' answers.</param>
/// <param name="Round">The round in which it showed; later operations cannot matter.</param>
public sealed record Difference(string Signature, string Description, int Round);
