using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using ByteFuse.Linux;

namespace ByteFuse.Metadata.Dump;

/// <summary>How bytes and times stand in a dump, so that both come back as they were.</summary>
internal static class DumpText
{
    private const string Base64Suffix = "Base64";

    /// <summary>Bytes that are UTF-8 as text; others under a name of their own, in Base64.</summary>
    public static void WriteText(Utf8JsonWriter json, string name, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes)) json.WriteString(name, bytes);
        else json.WriteBase64String(name + Base64Suffix, bytes);
    }

    /// <summary>What <see cref="WriteText"/> wrote.</summary>
    public static byte[] ReadText(JsonElement row, string name) =>
        row.TryGetProperty(name, out var text)
            ? System.Text.Encoding.UTF8.GetBytes(text.GetString() ?? throw new FormatException($"\"{name}\" is no text"))
            : row.GetProperty(name + Base64Suffix).GetBytesFromBase64();

    /// <summary>True for a time that <see cref="WriteTime"/> can write; others are damage.</summary>
    public static bool IsTime(long time) => FileTime.From(FileTime.Seconds(time), FileTime.Nanoseconds(time)) == time;

    /// <summary>A time as seconds since 1970 with nine decimals, rounded towards the past, as `stat -c %.9Y` prints it.</summary>
    public static void WriteTime(Utf8JsonWriter json, string name, long time) =>
        json.WriteString(name, string.Create(CultureInfo.InvariantCulture, $"{FileTime.Seconds(time)}.{FileTime.Nanoseconds(time):D9}"));

    /// <summary>What <see cref="WriteTime"/> wrote.</summary>
    public static long ReadTime(JsonElement row, string name)
    {
        var text = row.GetProperty(name).GetString() ?? "";
        var point = text.IndexOf('.');
        if (point < 0 || text.Length - point != 10) throw new FormatException($"\"{name}\" is no time: {text}");
        var seconds = long.Parse(text.AsSpan(0, point), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var nanoseconds = uint.Parse(text.AsSpan(point + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        return FileTime.From(seconds, nanoseconds);
    }

    /// <summary>A number that is 0 where it is not there.</summary>
    public static ulong ReadNumber(JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value.GetUInt64() : 0;

    /// <summary>A number that is left out where it is 0, as most are.</summary>
    public static void WriteNumber(Utf8JsonWriter json, string name, ulong value)
    {
        if (value != 0) json.WriteNumber(name, value);
    }
}
