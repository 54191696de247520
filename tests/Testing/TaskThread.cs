using System.Runtime.ExceptionServices;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.Testing;

/// <summary>Who a thread acts as. A non-zero uid has no capabilities unless some are named (bits of CAP_*).</summary>
public sealed record Credentials(int Uid, int Gid, int[] Groups, ulong? Capabilities = null)
{
    /// <summary>An ordinary user with exactly these supplementary groups and no capabilities.</summary>
    public static Credentials User(int uid, int gid, params int[] groups) => new(uid, gid, groups);

    /// <summary>Root without the named capabilities (CAP_* numbers).</summary>
    public static Credentials RootWithout(params int[] capabilities)
    {
        ulong kept = Permitted();
        foreach (int capability in capabilities)
            kept &= ~(1UL << capability);
        return new Credentials(0, 0, [], kept);
    }

    // A container's root may have fewer than all, and capset cannot add any.
    private static ulong Permitted()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapPrm:", StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan("CapPrm:".Length).Trim(), System.Globalization.NumberStyles.HexNumber);
    }
}

/// <summary>
/// A dedicated thread that differs from the process in what the kernel keeps per thread: credentials (raw system calls change
/// one thread only), working folder and umask (unshare CLONE_FS), descriptors and with them the owner of POSIX locks (unshare
/// CLONE_FILES: fs/locks.c identifies an owner by its files_struct). So one process can act as several users and lock owners.
/// </summary>
public sealed class TaskThread
{
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _started = new();
    private ExceptionDispatchInfo? _failure;

    private TaskThread(Action body, Credentials? credentials, bool ownFiles)
    {
        _thread = new Thread(() =>
        {
            try
            {
                Become(credentials, ownFiles);
                ThreadId = Sys.Gettid();
                _started.Set();
                body();
            }
            catch (Exception failure)
            {
                _failure = ExceptionDispatchInfo.Capture(failure);
            }
            finally
            {
                _started.Set();
            }
        })
        {
            IsBackground = true,
        };
    }

    /// <summary>The kernel's thread id, for signals.</summary>
    public long ThreadId { get; private set; }

    /// <summary>Starts a thread with a working folder and umask of its own; returns when it runs.</summary>
    public static TaskThread Start(Action body, Credentials? credentials = null, bool ownFiles = false)
    {
        var task = new TaskThread(body, credentials, ownFiles);
        task._thread.Start();
        task._started.Wait();
        return task;
    }

    /// <summary>Runs to the end as someone else; the body's exceptions come out here.</summary>
    public static void Run(Action body, Credentials? credentials = null, bool ownFiles = false) =>
        Start(body, credentials, ownFiles).Join();

    /// <summary>Runs as this user with exactly these groups.</summary>
    public static T As<T>(Credentials credentials, Func<T> body)
    {
        T result = default!;
        Run(() => result = body(), credentials);
        return result;
    }

    /// <summary>Waits for the end; rethrows what the body threw.</summary>
    public void Join()
    {
        _thread.Join();
        _failure?.Throw();
    }

    /// <summary>As <see cref="Join()"/> but false if the thread still runs after the time.</summary>
    public bool Join(TimeSpan timeout)
    {
        if (!_thread.Join(timeout))
            return false;
        _failure?.Throw();
        return true;
    }

    /// <summary>Interrupts a blocking call of the thread: the signal must be caught (Sys.CatchWithoutRestart).</summary>
    public void Signal(int signal) => Require("tgkill", Sys.Tgkill(Sys.Getpid(), ThreadId, signal));

    private static void Become(Credentials? credentials, bool ownFiles)
    {
        Require("unshare", Sys.Unshare(CLONE_FS | (ownFiles ? CLONE_FILES : 0)));
        if (credentials is null)
            return;
        const int SetKeepCaps = 8;
        Require("setgroups", Sys.Setgroups(credentials.Groups));
        Require("setresgid", Sys.Setresgid(credentials.Gid, credentials.Gid, credentials.Gid));
        if (credentials.Capabilities is not null)
            Require("prctl", Sys.Prctl(SetKeepCaps, 1));
        Require("setresuid", Sys.Setresuid(credentials.Uid, credentials.Uid, credentials.Uid));
        if (credentials.Capabilities is ulong kept)
            Require("capset", Sys.Capset(kept, kept));
    }

    private static void Require(string call, long result)
    {
        if (result < 0)
            throw new InvalidOperationException($"{call}: {ErrnoName(result)}");
    }
}
