using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>The control socket: what it answers, and what it refuses.</summary>
public sealed class ControlApiTests : CommandTest
{
    private readonly OwnDaemon own = new();

    public override void Dispose()
    {
        own.Dispose();
        base.Dispose();
    }

    [Fact]
    public void A_mount_lives_over_the_api_alone()
    {
        own.Succeed("format", Url);
        own.Succeed("daemon");
        var (status, body) = own.Ask("POST", "/v1/mounts", $$"""{"url":"{{Url}}","mountPoint":"{{MountPoint}}","options":["noatime","passthrough=off"]}""");
        Assert.True(status == 201, body);
        var id = JsonDocument.Parse(body).RootElement.GetProperty("id").GetString();
        File.WriteAllText(Path.Combine(MountPoint, "file"), "bytes");
        Assert.Equal("bytes", File.ReadAllText(Path.Combine(MountPoint, "file")));
        Assert.Equal("noatime,passthrough=off", own.Get($"/v1/mounts/{id}").GetProperty("options").GetString());
        Assert.Equal(5, new FileInfo(own.Get($"/v1/mounts/{id}/info?path=/file").GetProperty("backingFile").GetString()!).Length);
        Assert.Contains(own.Get($"/v1/mounts/{id}/stats").GetProperty("operations").EnumerateArray(), operation => operation.GetProperty("name").GetString() == "create");
        Assert.Equal("ok", own.Get("/v1/health").GetProperty("status").GetString());
        using (File.Open(Path.Combine(MountPoint, "file"), FileMode.Open))
        {
            var (busy, refusal) = own.Ask("DELETE", $"/v1/mounts/{id}");
            Assert.Equal(409, busy);
            Assert.Equal(3, JsonDocument.Parse(refusal).RootElement.GetProperty("exitCode").GetInt32());
        }
        Assert.Equal(204, own.Ask("DELETE", $"/v1/mounts/{id}").Status);
        Assert.False(IsMounted(MountPoint));
        Assert.Equal(404, own.Ask("GET", $"/v1/mounts/{id}").Status);
        Assert.Equal(0, own.Get("/v1/mounts").GetProperty("mounts").GetArrayLength());
    }

    [Fact]
    public void Drain_unmounts_and_ends_the_daemon()
    {
        own.Succeed("format", Url);
        own.Succeed("mount", Url, MountPoint);
        var pid = own.Pid;
        Assert.Equal(202, own.Ask("POST", "/v1/drain").Status);
        Eventually(() => !ProcessState.IsRunning(pid), "the daemon ended");
        Assert.False(IsMounted(MountPoint));
    }

    [Fact]
    public void The_log_level_holds_from_then_on()
    {
        own.Succeed("format", Url);
        own.Succeed("daemon", "--log-file", Path.Combine(Folder, "log"));
        Assert.Equal(400, own.Ask("PUT", "/v1/log-level", """{"level":"loud"}""").Status);
        Assert.Equal(204, own.Ask("PUT", "/v1/log-level", """{"level":"error"}""").Status);
        own.Succeed("mount", Url, MountPoint);
        Assert.DoesNotContain(" mounted ", File.ReadAllText(Path.Combine(Folder, "log")));
        Assert.Equal(204, own.Ask("PUT", "/v1/log-level", """{"level":"information"}""").Status);
        own.Succeed("umount", MountPoint);
        Assert.Contains(" unmounted ", File.ReadAllText(Path.Combine(Folder, "log")));
    }

    [Fact]
    public void Metrics_are_prometheus_text_on_the_socket_and_alone_on_a_port()
    {
        var port = FreePort();
        own.Succeed("format", Url);
        own.Succeed("daemon", "--metrics-port", $"{port}");
        own.Succeed("mount", Url, MountPoint, "-o", "passthrough=off");
        File.WriteAllText(Path.Combine(MountPoint, "file"), "bytes");
        var (status, text) = own.Ask("GET", "/metrics");
        Assert.Equal(200, status);
        var labels = $"volume=\"{Url}\",mount_point=\"{MountPoint}\"";
        Assert.Contains($"bytefuse_operations_total{{{labels},operation=\"create\"}} 1\n", text);
        Assert.Contains($"bytefuse_operation_seconds_bucket{{{labels},operation=\"create\",le=\"+Inf\"}} 1\n", text);
        Assert.Contains($"bytefuse_written_bytes_total{{{labels}}} 5\n", text);
        // Every sample belongs to the family announced last.
        var family = "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) family = line.Split(' ')[2];
            else if (!line.StartsWith('#')) Assert.StartsWith(family, line);
        }
        Assert.Contains("bytefuse_mounts 1\n", Command.Check("curl", "--silent", "--fail", $"http://127.0.0.1:{port}/metrics"));
        Assert.Equal("404", Command.Check("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", $"http://127.0.0.1:{port}/v1/status"));
        own.Succeed("umount", MountPoint);
    }

    [Fact]
    public void What_makes_no_sense_is_refused_with_a_line()
    {
        (string Method, string Path, string? Body, int Expected)[] requests =
        [
            ("GET", "/", null, 404),
            ("GET", "/v2/status", null, 404),
            ("GET", "/v1/mounts/", null, 404),
            ("GET", "/v1/mounts/../status", null, 200),
            ("GET", "/v1/mounts/nothing", null, 404),
            ("GET", "/v1/mounts/nothing/stats", null, 404),
            ("GET", "/v1/mounts/nothing/info?path=/", null, 404),
            ("DELETE", "/v1/mounts/nothing", null, 404),
            ("DELETE", "/v1/mounts/nothing?lazy=perhaps", null, 400),
            ("PATCH", "/v1/status", null, 405),
            ("DELETE", "/v1/mounts", null, 405),
            ("POST", "/v1/mounts", null, 400),
            ("POST", "/v1/mounts", "", 400),
            ("POST", "/v1/mounts", "null", 400),
            ("POST", "/v1/mounts", "[]", 400),
            ("POST", "/v1/mounts", "{", 400),
            ("POST", "/v1/mounts", "{}", 400),
            ("POST", "/v1/mounts", """{"url":null,"mountPoint":null,"options":null}""", 400),
            ("POST", "/v1/mounts", """{"url":"file:///x","mountPoint":"relative"}""", 400),
            ("POST", "/v1/mounts", """{"url":"file:///x","mountPoint":"/x","options":[null]}""", 400),
            ("POST", "/v1/mounts", """{"url":"file:///x","mountPoint":"/x","options":["bogus"]}""", 400),
            ("POST", "/v1/mounts", """{"url":"s3://x","mountPoint":"/x"}""", 400),
            ("POST", "/v1/mounts", """{"url":"file:///nowhere/at/all","mountPoint":"/proc/self"}""", 422),
            ("POST", "/v1/mounts", """{"url":"file:///nowhere/at/all","mountPoint":"/nul\u0000l"}""", 400),
            ("PUT", "/v1/log-level", "{}", 400),
        ];
        own.Succeed("daemon");
        foreach (var (method, path, body, expected) in requests)
        {
            var (status, answer) = own.Ask(method, path, body);
            Assert.True(status == expected, $"{method} {path} {body}: {status} {answer}");
            if (status != 200) Assert.NotEqual("", JsonDocument.Parse(answer).RootElement.GetProperty("error").GetString());
        }
        Assert.Equal("ok", own.Get("/v1/health").GetProperty("status").GetString());
        Assert.Equal(0, own.Get("/v1/status").GetProperty("mounts").GetInt32());
    }

    [Fact]
    public async Task What_is_too_large_malformed_or_slow_is_refused_and_leaves_nothing()
    {
        own.Succeed("daemon");
        own.Get("/v1/status");
        var before = Sockets();
        Assert.Equal(413, own.Ask("POST", "/v1/mounts", "{\"url\":\"" + new string('x', 1 << 20) + "\"}").Status);
        string[] hostile =
        [
            "GET /" + new string('x', 100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
            "\0\0\0\0\r\n\r\n",
            "GET /v1/status HTTP/9.9\r\n\r\n",
            "GET /v1/status HTTP/1.1\r\nHost: x\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 10_000)) + "\r\n",
            "POST /v1/mounts HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "POST /v1/mounts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        ];
        foreach (var request in hostile) Assert.DoesNotContain("HTTP/1.1 2", await Answer(request), StringComparison.Ordinal);
        // Begun, and never finished: closed by the daemon, while others are served.
        var slow = new List<Task<string>>();
        for (var i = 0; i < 40; i++) slow.Add(Answer(i % 2 == 0 ? "GET /v1/st" : "POST /v1/mounts HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"));
        Assert.Equal("ok", own.Get("/v1/health").GetProperty("status").GetString());
        await Task.WhenAll(slow);
        Eventually(() => Sockets() <= before, "all connections were closed");
    }

    [Fact]
    public async Task Thousands_of_connections_leave_neither_descriptors_nor_memory()
    {
        own.Succeed("daemon");
        string[] requests =
        [
            "", "\0", "GET", "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", "PUT /v1/status HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /v1/mounts/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: x\r\n\r\n", "GET /v1/mounts/%00/info?path=../../.. HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /v1/mounts HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n{", "DELETE http://elsewhere/v1/mounts/../../x HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /v1/upgrade HTTP/1.1\r\nHost: x\r\nContent-Length: 25\r\n\r\n{\"program\":\"/../../x/./\"}",
        ];
        // What the runtime opens, compiles and keeps at first is no leak.
        for (var i = 0; i < 500; i++) await Drop(requests[i % requests.Length]);
        Eventually(() => Sockets() <= 8, "the first connections were closed");
        var (descriptors, memory) = (Descriptors(), Resident());
        const int connections = 4000;
        for (var i = 0; i < connections; i++) await Drop(requests[i % requests.Length]);
        // More at once than are admitted.
        var held = new List<Socket>();
        for (var i = 0; i < 500; i++) held.Add(await own.Connect(TestContext.Current.CancellationToken));
        foreach (var socket in held) socket.Dispose();
        Eventually(() => Descriptors() <= descriptors + 8, "all connections were closed");
        Assert.Equal("ok", own.Get("/v1/health").GetProperty("status").GetString());
        // Far less than a buffer of 4 KiB for each connection.
        Assert.InRange(Resident(), 0, memory + (long)connections * 4096);
        Assert.Equal(0, own.Get("/v1/status").GetProperty("mounts").GetInt32());
    }

    [Fact]
    public void Other_users_are_refused_even_where_they_reach_the_socket()
    {
        own.Succeed("daemon");
        File.SetUnixFileMode(own.RunFolder, (UnixFileMode)0x1ED);
        File.SetUnixFileMode(own.Socket, (UnixFileMode)0x1B6);
        string[] curl = ["curl", "--silent", "--unix-socket", own.Socket, "http://bytefuse/v1/status"];
        Assert.Contains("\"pid\"", Command.Check(curl[0], curl[1..]));
        var other = Command.Run("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", .. curl]);
        Assert.NotEqual(0, other.ExitCode);
        Assert.Equal("", other.Output);
    }

    // Not all descriptors: the runtime opens its own files when it first needs them.
    private int Sockets() => Directory.GetFileSystemEntries($"/proc/{own.Pid}/fd")
        .Count(descriptor => new FileInfo(descriptor).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    private int Descriptors() => Directory.GetFileSystemEntries($"/proc/{own.Pid}/fd").Length;

    private long Resident() => own.Get("/v1/status").GetProperty("residentBytes").GetInt64();

    // Sends bytes and goes, after the beginning of an answer where one comes at once.
    private async Task Drop(string request)
    {
        using var socket = await own.Connect();
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(request));
            if (request.EndsWith("\r\n\r\n", StringComparison.Ordinal)) await socket.ReceiveAsync(new byte[64]);
        }
        catch (SocketException)
        {
            // Closed before it had taken everything.
        }
    }

    // Sends bytes and reads until the daemon closes.
    private async Task<string> Answer(string request)
    {
        using var socket = await own.Connect();
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(request));
            for (int length; (length = await socket.ReceiveAsync(buffer)) > 0;) answer.Append(Encoding.Latin1.GetString(buffer, 0, length));
        }
        catch (SocketException)
        {
            // Closed before it had taken everything.
        }
        return answer.ToString();
    }

    private static int FreePort()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        return ((System.Net.IPEndPoint)listener.LocalEndPoint!).Port;
    }
}
