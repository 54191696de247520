namespace ByteFuse.Linux;

/// <summary>The CPUs of the machine and those that this process may use.</summary>
public static class Processors
{
    private const string OnlineList = "/sys/devices/system/cpu/online";
    private const string PossibleList = "/sys/devices/system/cpu/possible";

    /// <summary>
    /// How many CPUs may ever come online: num_possible_cpus() of the kernel, which affinity and containers do not change.
    /// 0 without sysfs.
    /// </summary>
    public static int PossibleCount() => File.Exists(PossibleList) ? ParseList(File.ReadAllText(PossibleList)).Length : 0;

    /// <summary>Online CPUs within the affinity of the calling thread (so within the container's cpuset), ascending.</summary>
    public static int[] Usable()
    {
        var allowed = ProcessCalls.AllowedProcessors();
        // Without sysfs the affinity alone decides.
        if (!File.Exists(OnlineList)) return allowed;
        var online = ParseList(File.ReadAllText(OnlineList));
        return [.. allowed.Intersect(online)];
    }

    /// <summary>Parses the kernel's list format, such as "0-3,8,10-11".</summary>
    public static int[] ParseList(ReadOnlySpan<char> list)
    {
        var processors = new List<int>();
        foreach (var range in list.Trim().Split(','))
        {
            var part = list.Trim()[range];
            if (part.IsEmpty) continue;
            var dash = part.IndexOf('-');
            var first = int.Parse(dash < 0 ? part : part[..dash]);
            var last = dash < 0 ? first : int.Parse(part[(dash + 1)..]);
            for (var i = first; i <= last; i++) processors.Add(i);
        }
        return [.. processors];
    }
}
