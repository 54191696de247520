using System.Text.Json;
using System.Text.Json.Serialization;

namespace ByteFuse.Daemon;

/// <summary>
/// volume.json: what can be known of a volume before anything of it is opened. Formatting writes it last, so that a
/// directory without it holds no volume.
/// </summary>
public sealed record VolumeDescription
{
    /// <summary>The format that this version writes, and the newest it opens.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Tells the file from any other volume.json.</summary>
    public const string Signature = "bytefuse-volume";

    /// <summary>Always <see cref="Signature"/>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Version of the layout on disk.</summary>
    public int Format { get; init; }

    /// <summary>128 random bits in hexadecimal.</summary>
    public string Identity { get; init; } = "";

    /// <summary>When it was formatted.</summary>
    public DateTimeOffset Formatted { get; init; }

    /// <summary>The URL of the metadata where that is not in the directory; otherwise null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Metadata { get; init; }
}

/// <summary>JSON of the files in a volume's directory.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VolumeDescription))]
internal sealed partial class VolumeJson : JsonSerializerContext;
