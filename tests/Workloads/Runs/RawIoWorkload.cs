using static ByteFuse.Workloads.WorkArea;

namespace ByteFuse.Workloads.Runs;

/// <summary>Direct I/O, holes, preallocation, reflink copies, mapped writes, and fio's verification of random writes.</summary>
public static class RawIoWorkload
{
    public static void Run(WorkArea area)
    {
        area.Shell("""
            head -c 64M /dev/urandom >"$OUT/random"
            dd if="$OUT/random" of=direct bs=1M oflag=direct status=none
            cmp "$OUT/random" direct
            dd if=direct of="$OUT/back" bs=64K iflag=direct status=none
            cmp "$OUT/random" "$OUT/back"
            dd if="$OUT/random" of=synced bs=256K oflag=dsync count=16 status=none
            cmp -n 4194304 "$OUT/random" synced
            cp --reflink=auto direct copy && cmp direct copy
            cat direct >cat && cmp direct cat
            """);
        Holes(area);
        foreach (string job in Jobs(area))
            area.Shell($"""
                fio --output="$OUT/fio.log" --directory="$IN" --size={area.Pick(32, 512)}M --verify=crc32c --verify_fatal=1 \
                    --do_verify=1 --verify_backlog=256 --randrepeat=1 --randseed=42 --group_reporting=1 {job} \
                    || (cat "$OUT/fio.log" >&2; exit 1)
                grep -q 'err= 0' "$OUT/fio.log"
                """);
    }

    private static IEnumerable<string> Jobs(WorkArea area)
    {
        yield return "--name=buffered --rw=randwrite --bs=4k --ioengine=psync --end_fsync=1";
        yield return "--name=direct --rw=randwrite --bs=4k --ioengine=libaio --iodepth=16 --direct=1";
        yield return "--name=uring --rw=randrw --bs=4k --ioengine=io_uring --iodepth=16 --direct=1";
        yield return "--name=mmap --rw=randwrite --bs=4k --ioengine=mmap --fsync=200";
        yield return "--name=mixed --rw=randwrite --bsrange=512-128k --bs_unaligned=1 --ioengine=psync --numjobs=2";
        if (area.Scale == Scale.Full)
            yield return "--name=large --rw=write --bs=1M --ioengine=libaio --iodepth=4 --direct=1 --numjobs=4";
    }

    private static void Holes(WorkArea area)
    {
        string sectors = area.Shell("""
            cp direct punched
            fallocate -p -o 8M -l 48M punched
            (head -c 8M "$OUT/random"; head -c 48M /dev/zero; tail -c 8M "$OUT/random") | cmp - punched
            test "$(stat -c %s punched)" = 67108864
            cp direct zeroed
            fallocate -z -o 1000 -l 5000 zeroed
            (head -c 1000 "$OUT/random"; head -c 5000 /dev/zero; tail -c +6001 "$OUT/random") | cmp - zeroed
            fallocate -n -l 16M kept && test "$(stat -c %s kept)" = 0
            fallocate -l 16M grown && test "$(stat -c %s grown)" = 16777216 && cmp -n 16777216 grown /dev/zero
            truncate -s 1000 grown && truncate -s 1M grown && head -c 1M /dev/zero | cmp - grown
            cp direct dug && fallocate -d dug && cmp dug direct
            stat -c %b punched
            """).Trim();
        long left = long.Parse(sectors, System.Globalization.CultureInfo.InvariantCulture) * 512;
        // 16 MiB stay; block maps and rounding are allowed 1 MiB.
        Check(left <= 17L << 20, $"{left} bytes are still allocated after 48 of 64 MiB were punched");
    }
}
