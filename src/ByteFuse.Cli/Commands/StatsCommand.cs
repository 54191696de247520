using System.CommandLine;
using System.Globalization;
using ByteFuse.Daemon;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ByteFuse.Cli;

/// <summary>bytefuse stats.</summary>
internal static class StatsCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var directory = new Argument<string?>("DIR") { Description = "The mount point; not needed where one volume is mounted.", Arity = ArgumentArity.ZeroOrOne };
        var once = new Option<bool>("--once") { Description = "Print once, sums since the mount, instead of rates every second." };
        var json = CommonOptions.Json();
        var command = new Command("stats", "Show what a mount is doing; live, until Ctrl-C.") { directory, once, json };
        command.SetAction(parsed =>
        {
            var mount = MountFinder.Running(parsed.GetValue(directory));
            using var client = new ControlClient(mount);
            var first = client.Stats(mount.Id);
            if (parsed.GetValue(json)) CliJson.Print(first, CliJson.Default.StatsReply);
            else if (parsed.GetValue(once) || Console.IsOutputRedirected) Terminal.Output.Write(Render(first, null));
            else ShowLive(client, mount.Id, first);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static void ShowLive(ControlClient client, string id, StatsReply first)
    {
        var before = first;
        Terminal.Output.Live(Render(first, null)).Start(live =>
        {
            while (true)
            {
                Thread.Sleep(Interval);
                var now = client.Stats(id);
                live.UpdateTarget(Render(now, before));
                before = now;
            }
        });
    }

    private static Rows Render(StatsReply now, StatsReply? before) => new(Operations(now, before), Reactors(now, before), Footer(now));

    private static Table Operations(StatsReply now, StatsReply? before)
    {
        var table = new Table().Border(TableBorder.Minimal).Title(Markup.Escape(now.MountPoint));
        table.AddColumn("Operation");
        foreach (var name in (ReadOnlySpan<string>)[before is null ? "requests" : "per s", "errors", "mean us", "median us", "p99 us"])
            table.AddColumn(new TableColumn(name).RightAligned());
        var seconds = before is null ? 1 : Math.Max(0.001, (now.Time - before.Time).TotalSeconds);
        foreach (var operation in now.Operations)
        {
            var earlier = before?.Operations.FirstOrDefault(other => other.Name == operation.Name);
            var requests = (operation.Requests - (earlier?.Requests ?? 0)) / seconds;
            table.AddRow(
                operation.Name, Number(requests), Number((operation.Errors - (earlier?.Errors ?? 0)) / seconds),
                Number(operation.MeanMicroseconds), Number(operation.MedianMicroseconds), Number(operation.P99Microseconds));
        }
        return table;
    }

    private static Table Reactors(StatsReply now, StatsReply? before)
    {
        var table = new Table().Border(TableBorder.Minimal);
        table.AddColumn("Reactor");
        foreach (var name in (ReadOnlySpan<string>)[before is null ? "requests" : "per s", "in flight", "slots", "starved", "turns", "ring ops"])
            table.AddColumn(new TableColumn(name).RightAligned());
        var seconds = before is null ? 1 : Math.Max(0.001, (now.Time - before.Time).TotalSeconds);
        foreach (var reactor in now.Reactors)
        {
            var earlier = before?.Reactors[reactor.Index];
            table.AddRow(
                $"{reactor.Index}", Number((reactor.Requests - (earlier?.Requests ?? 0)) / seconds), Number(reactor.InFlight), Number(reactor.Slots),
                Number(reactor.Starvations - (earlier?.Starvations ?? 0)), Number((reactor.Iterations - (earlier?.Iterations ?? 0)) / seconds),
                Number((reactor.RingOperations - (earlier?.RingOperations ?? 0)) / seconds));
        }
        return table;
    }

    private static IRenderable Footer(StatsReply now)
    {
        var memory = now.Memory;
        var switches = now.Reactors.Sum(reactor => reactor.VoluntarySwitches) / (double)Math.Max(1, now.Reactors.Sum(reactor => reactor.Requests));
        return new Text(string.Create(CultureInfo.InvariantCulture,
            $"memory: {memory.Resident >> 20} MiB resident, {memory.ManagedHeap >> 10} KiB managed; {switches:0.00} context switches per request; "
            + $"metadata: {now.Metadata.Commits} commits in {now.Metadata.Batches} batches, {now.Metadata.Drains} engine writes, {now.Metadata.LogSyncs} log syncs; "
            + $"data: {now.Data.OpenFiles} files open, {now.Data.Opens} opens, {now.Data.ServedBytes >> 20} MiB served, "
            + $"{now.Data.CopiedPerByteServed:0.00} bytes copied per byte"));
    }

    private static string Number(double number) => number.ToString("#,0.#", CultureInfo.InvariantCulture);
}
