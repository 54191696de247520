using System.Text.Json;
using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>What the commands tell of a mount.</summary>
public sealed class ReportTests : CommandTest
{
    [Fact]
    public void Format_reports_the_identity()
    {
        using var report = JsonDocument.Parse(Succeed("format", Url, "--json"));
        Assert.Equal(Url, report.RootElement.GetProperty("url").GetString());
        Assert.Equal(32, report.RootElement.GetProperty("identity").GetString()!.Length);
    }

    [Fact]
    public void Stats_count_what_was_done()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        for (var i = 0; i < 5; i++) Directory.CreateDirectory(Path.Combine(MountPoint, $"folder{i}"));
        Assert.Equal(-Abi.ENODATA, Sys.RemoveXattr(MountPoint, "user.none"));
        using var stats = JsonDocument.Parse(Succeed("stats", MountPoint, "--json"));
        var operations = stats.RootElement.GetProperty("operations").EnumerateArray().ToDictionary(operation => operation.GetProperty("name").GetString()!);
        Assert.Equal(5, operations["mkdir"].GetProperty("requests").GetInt32());
        Assert.Equal(1, operations["removexattr"].GetProperty("errors").GetInt32());
        var reactors = stats.RootElement.GetProperty("reactors");
        Assert.True(reactors.EnumerateArray().Sum(reactor => reactor.GetProperty("requests").GetInt64()) >= 6);
        Assert.True(reactors.EnumerateArray().Sum(reactor => reactor.GetProperty("voluntarySwitches").GetInt64()) > 0);
        Assert.All(reactors.EnumerateArray(), reactor => Assert.Equal(0, reactor.GetProperty("refusedReplies").GetInt64()));
        Assert.All(reactors.EnumerateArray(), reactor => Assert.Equal(0, reactor.GetProperty("malformedRequests").GetInt64()));
        Assert.True(stats.RootElement.GetProperty("metadata").GetProperty("commits").GetInt64() >= 5);
        Assert.Contains("mkdir", Succeed("stats", MountPoint, "--once"));
        Succeed("umount", MountPoint);
    }

    [Theory]
    [InlineData("classic")]
    [InlineData("auto")]
    public void Status_and_doctor_name_the_transport(string transport)
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint, "-o", $"transport={transport}");
        using var status = JsonDocument.Parse(Succeed("status", MountPoint, "--json"));
        var used = status.RootElement.GetProperty("transport").GetString();
        Assert.Contains(used, (string[])["classic", "uring"]);
        using var doctor = JsonDocument.Parse(Succeed("doctor", "--json"));
        var mount = doctor.RootElement.GetProperty("mounts").EnumerateArray().Single(mount => mount.GetProperty("mountPoint").GetString() == MountPoint);
        Assert.Equal(used, mount.GetProperty("transport").GetString());
        if (transport == "classic") Assert.Equal("asked for by -o transport=classic", mount.GetProperty("why").GetString());
        Assert.Equal(used == "uring", mount.GetProperty("advice").ValueKind == JsonValueKind.Null);
        Succeed("umount", MountPoint);
    }

    [Theory]
    [InlineData("kernel", false)]
    [InlineData("daemon", true)]
    public void Locks_and_closes_cost_requests_only_where_the_daemon_keeps_locks(string keeper, bool requests)
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint, "-o", $"locks={keeper}");
        for (var i = 0; i < 3; i++)
        {
            using var file = File.Open(Path.Combine(MountPoint, "locked"), FileMode.OpenOrCreate);
            file.Lock(0, 1);
            file.Unlock(0, 1);
        }
        using var stats = JsonDocument.Parse(Succeed("stats", MountPoint, "--json"));
        var operations = stats.RootElement.GetProperty("operations").EnumerateArray()
            .ToDictionary(operation => operation.GetProperty("name").GetString()!, operation => operation.GetProperty("requests").GetInt32());
        Assert.Equal(requests ? 3 : 0, operations.GetValueOrDefault("flush"));
        Assert.Equal(requests, operations.GetValueOrDefault("setlk") >= 6);
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void Info_names_the_file_that_holds_the_bytes()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        var path = Path.Combine(MountPoint, "a file");
        File.WriteAllText(path, "bytes");
        using var info = JsonDocument.Parse(Succeed("info", path, "--json"));
        Assert.Equal("bytes", File.ReadAllText(info.RootElement.GetProperty("backingFile").GetString()!));
        Assert.Equal("/a file", info.RootElement.GetProperty("path").GetString());
        using var root = JsonDocument.Parse(Succeed("info", MountPoint, "--json"));
        Assert.Equal(1, root.RootElement.GetProperty("inode").GetInt32());
        Assert.Equal(2, root.RootElement.GetProperty("linkCount").GetInt32());
        Directory.CreateDirectory(Path.Combine(MountPoint, "folder"));
        using var parent = JsonDocument.Parse(Succeed("info", MountPoint, "--json"));
        Assert.Equal(3, parent.RootElement.GetProperty("linkCount").GetInt32());
        Refused(1, "no such file", "info", Path.Combine(MountPoint, "nothing"));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void Fsck_finds_what_is_wrong_and_mends_it()
    {
        Succeed("format", Url);
        Succeed("mount", Url, MountPoint);
        Refused(3, "is held by", "fsck", Url);
        File.WriteAllText(Path.Combine(MountPoint, "file"), "bytes");
        Succeed("umount", MountPoint);
        Assert.Contains("clean", Succeed("fsck", Url));
        // Bytes that belong to nobody: a data id far beyond those handed out.
        var folder = Directory.CreateDirectory(Path.Combine(Store, "data", "00", "00")).FullName;
        var stray = Path.Combine(folder, "0000000000400000");
        File.WriteAllText(stray, "stray");
        var found = Run("fsck", Url, "--json");
        Assert.Equal(4, found.ExitCode);
        Assert.Contains("\"found\": 1", found.Output);
        Assert.True(File.Exists(stray));
        Succeed("fsck", Url, "--repair");
        Assert.False(File.Exists(stray));
        Succeed("fsck", Url);
        Succeed("mount", Url, MountPoint);
        Assert.Equal("bytes", File.ReadAllText(Path.Combine(MountPoint, "file")));
        Succeed("umount", MountPoint);
    }

    [Fact]
    public void Help_shows_examples_and_completion_is_a_script()
    {
        Assert.Contains("Examples:", Succeed("mount", "--help"));
        var script = Path.Combine(Folder, "completion");
        File.WriteAllText(script, Succeed("completion", "bash"));
        var words = Command.Check("bash", "-c", $"source {script}; COMP_WORDS=(bytefuse um); COMP_CWORD=1; _bytefuse; echo ${{COMPREPLY[@]}}");
        Assert.Equal("umount\n", words);
        string Options(string typed) =>
            Command.Check("bash", "-c", $"source {script}; COMP_WORDS=(bytefuse mount file:///x /y {typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _bytefuse; echo ${{COMPREPLY[@]}}");
        Assert.Equal("passthrough=\n", Options("-o pass"));
        Assert.Equal("ro,noatime\n", Options("-o ro,noat"));
        Assert.Equal("classic,locks=\n", Options("-o transport = classic,loc"));
        Assert.Matches(@"^\d+\.\d+", Succeed("--version"));
    }
}
