using System.Text.Json;
using System.Text.Json.Serialization;
using ByteFuse.MountBench;

namespace ByteFuse.GrowthBench;

/// <summary>What was measured at one size of one part.</summary>
/// <param name="Part">files, open, bytes or threads.</param>
/// <param name="Size">How many of them.</param>
/// <param name="Machine">Where, when, and under which load.</param>
/// <param name="Figures">By name: the figure, in the unit that the part has.</param>
public sealed record Measurement(string Part, long Size, Machine Machine, IReadOnlyDictionary<string, double> Figures);

/// <summary>The file of a run: measurements in the order of part and size.</summary>
public sealed record Document(IReadOnlyList<Measurement> Measurements)
{
    /// <summary>What a file holds; nothing where there is none.</summary>
    public static Document Read(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), DocumentJson.Default.Document)! : new Document([]);

    /// <summary>Puts a measurement in, in the place of an earlier one of the same size: a long run may be made in pieces.</summary>
    public Document With(Measurement measured) => new(
        [.. Measurements.Where(old => (old.Part, old.Size) != (measured.Part, measured.Size)).Append(measured)
            .OrderBy(one => one.Part, StringComparer.Ordinal).ThenBy(one => one.Size)]);

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, DocumentJson.Default.Document));
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Document))]
internal sealed partial class DocumentJson : JsonSerializerContext;
