using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>A request to the control socket, and its answer.</summary>
internal sealed class ControlCall(HttpContext context, NodeDaemon node, string? id)
{
    /// <summary>The daemon.</summary>
    public NodeDaemon Node => node;

    /// <summary>The mount that the path names; a 404 where there is none.</summary>
    public ServedMount Mount =>
        node.Mounts.Find(id ?? "") ?? throw new ControlProblem(StatusCodes.Status404NotFound, "there is no such mount");

    /// <summary>A part of the query; empty where it is not there.</summary>
    public string Query(string name) => context.Request.Query[name].ToString();

    /// <summary>The body; a 400 where it is none.</summary>
    public async Task<T> Body<T>(JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw new ControlProblem(StatusCodes.Status400BadRequest, "the body is null");
        }
        catch (JsonException problem)
        {
            throw new ControlProblem(StatusCodes.Status400BadRequest, $"the body is no JSON of this request: {problem.Message}");
        }
    }

    /// <summary>
    /// Does what blocks, for seconds perhaps, on a thread of its own: those of the pool are few, and serve everybody. As many at once
    /// as there may be connections.
    /// </summary>
    public static Task<T> Blocking<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>As <see cref="Blocking{T}"/>, for what has no result.</summary>
    public static Task Blocking(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Answers with JSON.</summary>
    public Task Send<T>(T body, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) => ControlReply.Send(context, body, type, status);

    /// <summary>Answers with text.</summary>
    public Task SendText(string text, string contentType)
    {
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>Answers without a body.</summary>
    public Task SendNothing(int status = StatusCodes.Status204NoContent)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
