# Sourced by ./bytefuse: from a clean clone to a mounted volume that holds real files. Safe to run again.
. "$root/scripts/packages.sh"

quickstart() {
    local store=$root/data/quickstart mount_point=$root/mnt
    [ $# -eq 0 ] || { echo "bytefuse: quickstart takes no arguments" >&2; exit 2; }
    [ "$(id -u)" -eq 0 ] || { echo "bytefuse: quickstart needs root: it installs packages and mounts" >&2; exit 1; }
    echo "1. what is needed"
    install_rocksdb
    [ -e /dev/fuse ] || modprobe fuse || { echo "bytefuse: /dev/fuse is missing, and the fuse module cannot be loaded" >&2; exit 1; }
    echo "2. build"
    ensure_built
    if [ -e "$store/volume.json" ]; then
        echo "3. the volume is there already: $store"
    else
        echo "3. format $store"
        "$bytefuse_binary" format "file://$store"
    fi
    mkdir -p "$mount_point" 2>/dev/null || true
    if grep -qF " $mount_point " /proc/self/mountinfo; then
        echo "4. mounted already: $mount_point"
        try_files "$mount_point"
    else
        echo "4. mount at $mount_point"
        "$bytefuse_binary" mount "file://$store" "$mount_point"
        try_files "$mount_point" "file://$store"
    fi
    cat <<END

ByteFUSE is mounted.
  mount point  $mount_point
  volume       $store
  look at it   ./bytefuse status; ./bytefuse stats
  unmount      ./bytefuse umount $mount_point
END
}

# try_files MOUNT_POINT [URL]: with a URL, the volume is unmounted and mounted again before the files are read back.
try_files() {
    local folder=$1/quickstart sums
    sums=$(mktemp)
    echo "5. write $(find "$root/src" -type f -name '*.cs' | wc -l) source files and 64 MiB of random data"
    rm -rf "$folder"
    mkdir "$folder"
    (cd "$root" && find src -type f -name '*.cs' -print0 | tar --null -cf - -T -) | tar -xf - -C "$folder"
    head -c 64M /dev/urandom | tee "$folder/random" | sha256sum | sed "s|-|$folder/random|" >"$sums"
    (cd "$root" && find src -type f -name '*.cs' -print0 | xargs -0 sha256sum) | sed "s|  |  $folder/|" >>"$sums"
    sync -f "$folder"
    if [ -n "${2-}" ]; then
        "$bytefuse_binary" umount "$1"
        "$bytefuse_binary" mount "$2" "$1"
        echo "6. read back after unmounting and mounting again"
    else
        echo "6. read back"
    fi
    sha256sum --quiet -c "$sums" || { rm -f "$sums"; echo "bytefuse: what was read is not what was written" >&2; exit 1; }
    echo "   $(wc -l <"$sums") files, all checksums match"
    rm -f "$sums"
}
