using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace ByteFuse.Daemon;

/// <summary>
/// POST /v1/upgrade: has a daemon of another program take over all mounts; answers before that begins. Where it does not come to
/// serve, this program's daemon comes back: /v1/status tells.
/// </summary>
internal sealed class PostUpgrade : IControlEndpoint
{
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(20);

    public string Method => "POST";

    public string Route => "/v1/upgrade";

    public async Task Answer(ControlCall call)
    {
        var request = await call.Body(ControlJson.Default.UpgradeRequest);
        if (request.Program is not { } program || !program.StartsWith('/') || program.Contains('\0')) throw new Refusal(ExitCode.Usage, "program is no absolute path");
        if (!File.Exists(program)) throw new Refusal(ExitCode.Usage, $"{program} is not there");
        await ControlCall.Blocking(() => Check(program));
        await ControlCall.Blocking(() => call.Node.Upgrade(program));
        await call.SendNothing(StatusCodes.Status202Accepted);
    }

    // That it runs here at all: the one before would come back, but everybody would have waited for nothing.
    private static void Check(string program)
    {
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true });
            if (process!.WaitForExit(CheckTimeout) && process.ExitCode == 0) return;
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
        {
            throw new Refusal(ExitCode.Usage, $"{program} cannot be run: {failure.Message}");
        }
        finally
        {
            if (process is { HasExited: false }) process.Kill();
            process?.Dispose();
        }
        throw new Refusal(ExitCode.Usage, $"{program} does not say its version");
    }
}
