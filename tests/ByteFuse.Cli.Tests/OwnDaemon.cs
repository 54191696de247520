using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>A run directory with a daemon of its own, which a test may kill, and its control socket.</summary>
internal sealed class OwnDaemon : IDisposable
{
    private readonly HttpClient client;

    public OwnDaemon()
    {
        client = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, cancellation) => new NetworkStream(await Connect(cancellation), ownsSocket: true) })
        {
            BaseAddress = new Uri("http://bytefuse"),
        };
    }

    public string RunFolder { get; } = Directory.CreateTempSubdirectory("bytefuse-run-").FullName;

    public string Socket => Path.Combine(RunFolder, "control.sock");

    /// <summary>0 where none runs, or where the next one is just saying who it is.</summary>
    public int Pid => File.Exists(PidFile) && int.TryParse(File.ReadAllText(PidFile), out var pid) ? pid : 0;

    private string PidFile => Path.Combine(RunFolder, "daemon.pid");

    public CommandResult Run(params string[] arguments) =>
        Command.Run(MountedVolume.FindCommand(), arguments, environment: new Dictionary<string, string> { ["BYTEFUSE_RUN_DIRECTORY"] = RunFolder });

    /// <summary>Starts the command and does not wait for it.</summary>
    public Process Start(params string[] arguments) => StartProgram(MountedVolume.FindCommand(), arguments);

    /// <summary>Starts a program that finds the run directory.</summary>
    public Process StartProgram(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        start.Environment["BYTEFUSE_RUN_DIRECTORY"] = RunFolder;
        return Process.Start(start)!;
    }

    public string Succeed(params string[] arguments)
    {
        var result = Run(arguments);
        Assert.True(result.ExitCode == 0, $"bytefuse {string.Join(' ', arguments)}: exit code {result.ExitCode}: {result.Error}");
        return result.Output;
    }

    public void Refused(int exitCode, string saying, params string[] arguments)
    {
        var result = Run(arguments);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith("bytefuse: ", result.Error);
        Assert.Contains(saying, result.Error);
        Assert.Equal(1, result.Error.Count(character => character == '\n'));
    }

    /// <summary>Asks over the control socket: the status, and the body.</summary>
    public (int Status, string Body) Ask(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = client.SendAsync(request).GetAwaiter().GetResult();
        return ((int)response.StatusCode, response.Content.ReadAsStringAsync().GetAwaiter().GetResult());
    }

    /// <summary>As <see cref="Ask"/>, for JSON that is expected.</summary>
    public JsonElement Get(string path)
    {
        var (status, body) = Ask("GET", path);
        Assert.True(status == 200, $"{path}: {status} {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>A connection to the control socket.</summary>
    public async Task<Socket> Connect(CancellationToken cancellation = default)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellation);
        return socket;
    }

    public void Dispose()
    {
        client.Dispose();
        if (Pid is var pid and > 0 && Sys.Kill(pid, Abi.SIGTERM) == 0)
        {
            while (ProcessState.IsRunning(pid)) Thread.Sleep(5);
        }
        RemoveRunFolder();
    }

    // The keeper ends behind its daemon, and what stands by with it: it takes its rehearsal away meanwhile.
    private void RemoveRunFolder()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(RunFolder, recursive: true);
                return;
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(50);
            }
        }
    }
}
