using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>Writes JSON as the answer to a request.</summary>
internal static class ControlReply
{
    /// <summary>Answers.</summary>
    public static Task Send<T>(HttpContext context, T body, JsonTypeInfo<T> type, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, body, type, context.RequestAborted);
    }
}
