using ByteFuse.Testing;

namespace ByteFuse.Cli.Tests;

/// <summary>mount(8) and /etc/fstab, through deploy/mount.bytefuse in /sbin for the time of a test.</summary>
public sealed class MountHelperTests : CommandTest
{
    private const string Installed = "/sbin/mount.bytefuse";

    [Fact]
    public void Mount_8_and_fstab_work()
    {
        Assert.SkipWhen(File.Exists(Installed), $"{Installed} is there already");
        var fstab = Path.Combine(Folder, "fstab");
        File.WriteAllText(fstab, $"{Url} {MountPoint} bytefuse ro,noauto,_netdev,nofail,x-systemd.automount,comment=test 0 0\n");
        Succeed("format", Url);
        File.CreateSymbolicLink(Installed, Script());
        try
        {
            Command.Check("mount", "-t", "bytefuse", Url, MountPoint, "-o", "noatime");
            File.WriteAllText(Path.Combine(MountPoint, "file"), "");
            Succeed("umount", MountPoint);

            Command.Check("mount", "--fstab", fstab, MountPoint);
            Assert.Throws<IOException>(() => File.WriteAllText(Path.Combine(MountPoint, "other"), ""));
            Assert.True(File.Exists(Path.Combine(MountPoint, "file")));
            Succeed("umount", MountPoint);

            // Fake: everything but the mount itself.
            Command.Check("mount", "-f", "-t", "bytefuse", Url, MountPoint);
            Assert.False(IsMounted(MountPoint));
            var wrong = Command.Run("mount", ["-t", "bytefuse", Url, MountPoint, "-o", "bogus"]);
            Assert.Equal(1, wrong.ExitCode);
            Assert.Contains("bytefuse: unknown mount option bogus", wrong.Error);
            var missing = Command.Run("mount", ["-t", "bytefuse", Url + "-missing", MountPoint]);
            Assert.Equal(32, missing.ExitCode);
        }
        finally
        {
            File.Delete(Installed);
        }
    }

    private static string Script()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ByteFuse.slnx"))) return Path.Combine(folder.FullName, "deploy", "mount.bytefuse");
        }
        throw new InvalidOperationException("the repository was not found above this program");
    }
}
