namespace ByteFuse.FileSystem;

/// <summary>Device numbers as FUSE carries them: the kernel's new_encode_dev (include/linux/kdev_t.h).</summary>
internal static class DeviceNumber
{
    public static uint Major(uint device) => (device & 0xFFF00) >> 8;

    public static uint Minor(uint device) => (device & 0xFF) | ((device >> 12) & 0xFFF00);
}
