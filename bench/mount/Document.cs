using System.Text.Json;
using System.Text.Json.Serialization;

namespace ByteFuse.MountBench;

/// <summary>
/// One figure of one target: the value of each round, their median, and the best, which is what a machine shared with others can
/// do when it is let; ratios are of the best.
/// </summary>
public sealed record Figure(string Target, string Name, string Unit, double Best, double Median, IReadOnlyList<double> Rounds, double? RatioToFirst);

/// <summary>What one run of interleaved rounds measured.</summary>
/// <param name="Name">The group of bars that it was for, or "table".</param>
/// <param name="Store">What the stores lay on.</param>
/// <param name="Commit">The source that was built, with a + where it was changed.</param>
/// <param name="Machine">Where, and beside what load.</param>
/// <param name="Rounds">How many.</param>
/// <param name="Targets">What was measured, with the options that each had; ratios are to the first.</param>
/// <param name="Figures">What came out.</param>
public sealed record Run(
    string Name, StoreKind Store, string Commit, Machine Machine, int Rounds, IReadOnlyList<TargetKind> Targets, IReadOnlyList<Figure> Figures);

/// <summary>What a results file holds: runs, and the bars that they decide.</summary>
public sealed record Document(IReadOnlyList<Run> Runs, IReadOnlyList<BarResult> Verdicts)
{
    public static Document Read(string path) =>
        JsonSerializer.Deserialize(File.ReadAllText(path), DocumentJson.Default.Document) ?? throw new InvalidDataException($"{path} is empty");

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, DocumentJson.Default.Document));

    /// <summary>One document of several: where two have a run of the same name, the later one counts.</summary>
    public static Document Merge(IEnumerable<Document> documents)
    {
        var runs = new List<Run>();
        foreach (Run run in documents.SelectMany(document => document.Runs))
        {
            runs.RemoveAll(earlier => earlier.Name == run.Name);
            runs.Add(run);
        }
        return new Document(runs, Bars.Judge(runs));
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Document))]
internal sealed partial class DocumentJson : JsonSerializerContext;
