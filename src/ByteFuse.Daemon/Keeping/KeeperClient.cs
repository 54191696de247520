using System.Globalization;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// The daemon's side: what it says to the keeper that started it. From any thread but a reactor's; a call takes as long as the
/// keeper, which does nothing else. Where the keeper is gone calls fail and the daemon goes on, unprotected.
/// </summary>
public sealed class KeeperClient : IDisposable
{
    /// <summary>The environment variable in which a keeper names the descriptor of its socket.</summary>
    public const string Variable = "BYTEFUSE_KEEPER";

    /// <summary>The environment variable that tells a process to stand by: its keeper answers its hello when it is to become the daemon.</summary>
    public const string StandbyVariable = "BYTEFUSE_STANDBY";

    private static readonly TimeSpan PreparationPause = TimeSpan.FromMilliseconds(20);

    private readonly Lock gate = new();
    private readonly int protocol;

    // Copies of all that is kept, for the next keeper where this one is gone.
    private readonly KeptMounts held = new();
    private KeeperSocket socket;
    private int lockDescriptor = -1;
    private int keeperPid;

    private KeeperClient(KeeperSocket socket, KeeperMessage welcome, int witness)
    {
        this.socket = socket;
        protocol = welcome.Protocol;
        Witness = witness;
        keeperPid = welcome.Pid;
        StandsBy = !welcome.NoStandby;
        Generation = welcome.Generation;
        Restarts = welcome.Restarts ?? [];
        TakeLock();
    }

    /// <summary>The keeper's process; null where it is gone.</summary>
    public int? KeeperPid
    {
        get
        {
            if (protocol < KeeperMessage.StandbyProtocol) return keeperPid;
            return Ask(new KeeperMessage { Kind = KeeperMessage.Who }, out var answer) == Errno.None ? keeperPid = answer!.Pid : null;
        }
    }

    /// <summary>Whether it has a process stand by.</summary>
    public bool StandsBy { get; }

    /// <summary>Daemons that the keeper had started before this one.</summary>
    public int Generation { get; }

    /// <summary>How the latest of them ended.</summary>
    public IReadOnlyList<KeeperRestart> Restarts { get; }

    /// <summary>
    /// For <see cref="Reactor.ReactorOptions.Witness"/>: the keeper gives a successor nothing before everybody has let go of it. Open as
    /// long as this process lives.
    /// </summary>
    public int Witness { get; }

    /// <summary>
    /// True where this process is to stand by. Only once: nobody whom it starts is to believe the same of itself.
    /// </summary>
    public static bool TakeStandby()
    {
        var standsBy = Environment.GetEnvironmentVariable(StandbyVariable) is { Length: > 0 };
        Environment.SetEnvironmentVariable(StandbyVariable, null);
        return standsBy;
    }

    /// <summary>
    /// Greets the keeper that started this process; null where none did. A <see cref="Refusal"/> where the two do not understand each
    /// other.
    /// </summary>
    public static KeeperClient? Connect()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } variable) return null;
        // Nobody whom this process starts is to take itself for the daemon, nor to hold the socket open behind its back.
        Environment.SetEnvironmentVariable(Variable, null);
        if (!int.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor))
            throw new Refusal(ExitCode.Usage, $"{Variable}={variable} names no descriptor");
        FileCalls.SetCloseOnExec(descriptor, true);
        return Connect(descriptor);
    }

    /// <summary>
    /// Greets the keeper at the other end of a socket, which is the client's from now on. Returns in one that stands by when it is to become the
    /// daemon.
    /// </summary>
    public static KeeperClient Connect(int descriptor)
    {
        var socket = new KeeperSocket(descriptor);
        var error = socket.Send(new KeeperMessage { Kind = KeeperMessage.Hello, Protocol = KeeperMessage.CurrentProtocol, Pid = Environment.ProcessId });
        KeeperMessage? welcome = null;
        int[] descriptors = [];
        if (error == Errno.None) error = socket.Receive(out welcome, out descriptors);
        // Protocols are upward compatible: the older side sets what is spoken, and 1 is the first.
        if (error == Errno.None && welcome is { Kind: KeeperMessage.Welcome, Protocol: > 0 } && descriptors is [var witness])
            return new KeeperClient(socket, welcome, witness);
        foreach (var fd in descriptors) FileCalls.Close(fd);
        socket.Dispose();
        throw new Refusal(ExitCode.Failure, $"the keeper does not answer: {welcome?.Problem ?? error.Describe()}");
    }

    /// <summary>Gives a mount into keeping, or its record anew; the descriptors stay the caller's, too. Before its first request is read.</summary>
    public Errno Keep(KeptMountRecord record, params ReadOnlySpan<int> descriptors)
    {
        lock (gate)
        {
            Hold(record, descriptors);
            return Ask(new KeeperMessage { Kind = KeeperMessage.Keep, Mount = record }, descriptors);
        }
    }

    /// <summary>Returns when the keeper is gone.</summary>
    public void AwaitLoss() => Polling.AwaitHangUp(socket.Descriptor);

    /// <summary>
    /// Has another keeper go on in the place of the one that is gone: gives it everything. Blocks until it has it.
    /// </summary>
    /// <param name="descriptor">The socket to it; the client's from now on.</param>
    public Errno Reconnect(int descriptor)
    {
        lock (gate)
        {
            socket.Dispose();
            socket = new KeeperSocket(descriptor);
            // The other end of the pipe went with the dead one. Opened anew it is of the same pipe (/proc/PID/fd, proc(5)).
            var witness = FileCalls.Open($"/proc/self/fd/{Witness}", OpenFlags.ReadOnly | OpenFlags.CloseOnExec);
            if (!witness.Succeeded) return witness.Error;
            var adopt = new KeeperMessage
            {
                Kind = KeeperMessage.Adopt,
                Protocol = KeeperMessage.CurrentProtocol,
                Pid = Environment.ProcessId,
                Program = Environment.ProcessPath,
                Generation = Generation,
                Restarts = Restarts,
            };
            var error = socket.Send(adopt, lockDescriptor < 0 ? [witness.Value] : [witness.Value, lockDescriptor]);
            FileCalls.Close(witness.Value);
            KeeperMessage? welcome = null;
            if (error == Errno.None) error = socket.Receive(out welcome, out _);
            if (error == Errno.None && welcome!.Kind != KeeperMessage.Welcome) error = Errno.EPROTO;
            foreach (var mount in held.All)
            {
                if (error == Errno.None) error = Ask(new KeeperMessage { Kind = KeeperMessage.Keep, Mount = mount.Record }, [.. mount.Descriptors]);
            }
            return error;
        }
    }

    /// <summary>This daemon goes on with all that it was given, and answers: a later death is no failed start.</summary>
    public Errno Serving() => Ask(new KeeperMessage { Kind = KeeperMessage.Serving });

    /// <summary>
    /// Has a daemon of another program stand by for <see cref="Upgrade"/>, and returns when it has checked itself and is ready: null, or
    /// what is wrong with it. A keeper of before there was that has nothing to say.
    /// </summary>
    public string? Prepare(string program)
    {
        if (protocol < KeeperMessage.StandbyProtocol) return null;
        while (true)
        {
            var error = Ask(new KeeperMessage { Kind = KeeperMessage.Prepare, Program = program }, out var answer);
            if (error != Errno.None) return answer?.Problem ?? $"the keeper does not answer: {error.Describe()}";
            if (answer!.Ready) return null;
            Thread.Sleep(PreparationPause);
        }
    }

    /// <summary>Has the next daemon started from another program, and from the present one again where that is not soon serving.</summary>
    public Errno Upgrade(string program) => Ask(new KeeperMessage { Kind = KeeperMessage.Upgrade, Program = program });

    /// <summary>A mount is gone.</summary>
    public Errno Release(string connection)
    {
        lock (gate)
        {
            held.Release(connection);
            return Ask(new KeeperMessage { Kind = KeeperMessage.Release, Connection = connection });
        }
    }

    /// <summary>
    /// Everything that is kept, with descriptors of this process's own. Waits until nothing that an earlier daemon began is running
    /// any more (hazard 15): before, nothing of it may be touched, its stores included.
    /// </summary>
    public Errno TakeAll(out IReadOnlyList<KeptMount> mounts)
    {
        lock (gate)
        {
            var taken = new List<KeptMount>();
            mounts = taken;
            var error = socket.Send(new KeeperMessage { Kind = KeeperMessage.Take });
            while (error == Errno.None)
            {
                error = socket.Receive(out var answer, out var descriptors);
                if (error != Errno.None) break;
                if (answer!.Kind != KeeperMessage.Kept) return Verdict(answer);
                Hold(answer.Mount!, descriptors);
                taken.Add(new KeptMount(answer.Mount!, descriptors));
            }
            return error;
        }
    }

    /// <summary>Closes the socket and all copies; the witness stays, and so does the lock: they end with the process.</summary>
    public void Dispose()
    {
        socket.Dispose();
        held.Dispose();
    }

    // Where there is no descriptor left for a copy, a lost keeper is not followed by one that has this mount.
    private void Hold(KeptMountRecord record, ReadOnlySpan<int> descriptors)
    {
        var copies = new List<int>();
        foreach (var descriptor in descriptors)
        {
            if (FileCalls.Duplicate(descriptor) is { Succeeded: true } copy) copies.Add(copy.Value);
        }
        held.Keep(record, [.. copies]);
    }

    // Held by the daemon, too: where its keeper is killed, nobody is to start another daemon in this directory.
    private void TakeLock()
    {
        if (protocol < KeeperMessage.StandbyProtocol) return;
        if (socket.Send(new KeeperMessage { Kind = KeeperMessage.Lock }) != Errno.None) return;
        if (socket.Receive(out _, out var descriptors) == Errno.None && descriptors is [var own]) lockDescriptor = own;
    }

    private Errno Ask(KeeperMessage question, params ReadOnlySpan<int> descriptors) => Ask(question, out _, descriptors);

    private Errno Ask(KeeperMessage question, out KeeperMessage? answer, params ReadOnlySpan<int> descriptors)
    {
        answer = null;
        lock (gate)
        {
            var error = socket.Send(question, descriptors);
            if (error == Errno.None) error = socket.Receive(out answer, out _);
            return error == Errno.None ? Verdict(answer!) : error;
        }
    }

    private static Errno Verdict(KeeperMessage answer) => answer.Kind == KeeperMessage.Done ? Errno.None : Errno.EREMOTEIO;
}
