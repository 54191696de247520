using System.Text.Json;

namespace ByteFuse.Daemon.Tests;

/// <summary>docs/openapi.json says what the control socket serves, and nothing else.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public void Paths_and_methods_are_those_that_are_served()
    {
        var documented = Document().GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}")).Order();
        var served = ControlRoutes.All.Select(endpoint => $"{endpoint.Method} {endpoint.Route}").Order();
        Assert.Equal(served, documented);
    }

    [Theory]
    [InlineData("Daemon", typeof(DaemonReply))]
    [InlineData("Health", typeof(HealthReply))]
    [InlineData("MountRequest", typeof(MountRequest))]
    [InlineData("UpgradeRequest", typeof(UpgradeRequest))]
    [InlineData("MountState", typeof(MountState))]
    [InlineData("Mounts", typeof(MountsReply))]
    [InlineData("Mount", typeof(MountReply))]
    [InlineData("Stats", typeof(StatsReply))]
    [InlineData("ReactorStats", typeof(ReactorStats))]
    [InlineData("OperationStats", typeof(OperationStats))]
    [InlineData("MemoryStats", typeof(MemoryStats))]
    [InlineData("MetadataStats", typeof(MetadataStats))]
    [InlineData("DataStats", typeof(DataStats))]
    [InlineData("Info", typeof(InfoReply))]
    [InlineData("LogLevel", typeof(LogLevelRequest))]
    [InlineData("Error", typeof(ErrorReply))]
    public void Schemas_have_the_fields_that_are_sent(string schema, Type type)
    {
        var documented = Document().GetProperty("components").GetProperty("schemas").GetProperty(schema).GetProperty("properties").EnumerateObject().Select(field => field.Name).Order();
        var sent = type.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Order();
        Assert.Equal(sent, documented);
    }

    private static JsonElement Document()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "docs", "openapi.json");
            if (File.Exists(file)) return JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        }
        throw new InvalidOperationException("the repository was not found above this program");
    }
}
