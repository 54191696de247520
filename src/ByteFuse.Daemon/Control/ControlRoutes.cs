using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>Which endpoint answers what.</summary>
internal static class ControlRoutes
{
    private const string IdSegment = "{id}";

    /// <summary>All endpoints.</summary>
    public static IReadOnlyList<IControlEndpoint> All { get; } =
    [
        new GetStatus(), new GetHealth(), new GetMounts(), new PostMount(), new GetMount(), new DeleteMount(), new GetMountStats(), new GetMountInfo(),
        new PutLogLevel(), new PostDrain(), new PostUpgrade(), new GetMetrics(),
    ];

    /// <summary>Finds the endpoint of a request and the id in its path; a 404 or 405 where there is none.</summary>
    public static IControlEndpoint Find(string method, string path, out string? id)
    {
        id = null;
        var known = false;
        foreach (var endpoint in All)
        {
            if (!Matches(endpoint.Route, path, out var found)) continue;
            known = true;
            if (endpoint.Method != method) continue;
            id = found;
            return endpoint;
        }
        throw known
            ? new ControlProblem(StatusCodes.Status405MethodNotAllowed, $"{path} does not take {method}")
            : new ControlProblem(StatusCodes.Status404NotFound, "there is no such resource");
    }

    private static bool Matches(string route, string path, out string? id)
    {
        id = null;
        var wanted = route.Split('/');
        var given = path.Split('/');
        if (wanted.Length != given.Length) return false;
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] == IdSegment) id = given[i];
            else if (wanted[i] != given[i]) return false;
        }
        return true;
    }
}
