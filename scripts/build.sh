# Sourced by ./bytefuse and ./dev: builds the bytefuse command into artifacts/bytefuse/HASH, once per state of the sources.
# Sets $bytefuse_binary. What it has to say goes to stderr: stdout is the command's.

builds=$root/artifacts/bytefuse

# By content, not by time: a branch switched back and forth builds once.
source_hash() {
    (cd "$root" && find src Directory.Build.props Directory.Packages.props global.json .editorconfig \
        \( -name bin -o -name obj \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
}

runtime_identifier() {
    case $(uname -m) in
        x86_64) echo linux-x64 ;;
        aarch64) echo linux-arm64 ;;
        *) echo "bytefuse: no build for $(uname -m)" >&2; return 1 ;;
    esac
}

# publish FOLDER ARGUMENTS...: objects of its own, so that builds of the solution with other settings are not in the way.
# The compiler's server outlives this: it must not inherit the lock.
publish() {
    local folder=$1
    shift
    dotnet publish "$root/src/ByteFuse.Cli" -v quiet --nologo -c Release -o "$folder" \
        --artifacts-path "$root/artifacts/publish" "$@" >"$builds/build.log" 2>&1 9>&-
}

# Builds into a new folder and renames it into place; folders of earlier builds go, unless a daemon runs from them.
build_into() {
    local target=$1 work=$1.work identifier
    identifier=$(runtime_identifier)
    command -v dotnet >/dev/null || { echo "bytefuse: the .NET 10 SDK is missing (no dotnet in PATH)" >&2; return 1; }
    echo "bytefuse: building" >&2
    rm -rf "$work"
    if ! publish "$work" -r "$identifier" --self-contained -p:PublishReadyToRun=true; then
        if grep -q 'error CS' "$builds/build.log"; then
            grep -m 20 'error CS' "$builds/build.log" | sort -u >&2
            return 1
        fi
        echo "bytefuse: no ready-to-run, self-contained build possible here (see $builds/build.log); building a plain one" >&2
        rm -rf "$work"
        publish "$work" --no-self-contained || { grep -m 20 error "$builds/build.log" >&2; return 1; }
    fi
    rm -rf "$target"
    mv "$work" "$target"
    local old
    for old in "$builds"/*/; do
        old=${old%/}
        [ "$old" = "$target" ] && continue
        ls -l /proc/[0-9]*/exe 2>/dev/null | grep -qF " $old/" || rm -rf "$old"
    done
}

ensure_built() {
    bytefuse_binary=$builds/$(source_hash)/bytefuse
    [ -x "$bytefuse_binary" ] && return
    mkdir -p "$builds"
    # One build at a time; whoever waited finds it done.
    exec 9>"$builds/lock"
    flock 9
    [ -x "$bytefuse_binary" ] || build_into "$(dirname "$bytefuse_binary")"
    exec 9>&-
}
