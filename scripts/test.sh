# Sourced by ./dev: every unit test project, then the suites, each on a store of its own; the last line printed is
# "N passed, N failed, N skipped" over all of them.
. "$root/scripts/packages.sh"

passed=0 failed=0 skipped=0
work=
# Continuous integration judges a change: it runs fixed seeds alone. By hand, each run draws a new one as well.
random_seed=
[ -n "${CI-}" ] || random_seed=$((RANDOM * 32768 + RANDOM))
if [ -n "${CI-}" ]; then export BYTEFUSE_SEED=${BYTEFUSE_SEED:-1} BYTEFUSE_TEST_SEED=${BYTEFUSE_TEST_SEED:-1}; fi

# Seconds that one unit test project or suite may take before it counts as failed: all of them together stay below 25 minutes.
unit_limit=1200
suite_limit=600
# As many kills as somebody asks for.
recovery_limit=3600

clean_up() {
    local status=$? mount_point
    trap - EXIT
    if [ -n "$work" ]; then
        cd /
        end_daemon
        end_clusters
        # Latest first: mounts whose stores lie in an image, then the image.
        for mount_point in $(awk -v prefix="$work/" 'index($5, prefix) == 1 { print $5 }' /proc/self/mountinfo | tac); do
            umount "$mount_point" 2>/dev/null || umount -l "$mount_point" || true
        done
        rm -rf --one-file-system "$work"
    fi
    exit "$status"
}

# The daemon of this run: none of it is to be left, and none of the machine's is to be met.
end_daemon() {
    local pid
    pid=$(cat "$work/run/daemon.pid" 2>/dev/null) || return 0
    [ "$(readlink "/proc/$pid/exe")" = "$BYTEFUSE" ] || return 0
    kill "$pid" 2>/dev/null || return 0
    while [ -e "/proc/$pid/exe" ]; do sleep 0.05; done
}

# Servers of tests that were killed; the others have ended theirs.
end_clusters() {
    local folder
    for folder in "$work"/clusters/*/; do
        if [ -e "$folder/postgresql/pid" ]; then "$root/dev" cluster down --directory "${folder%/}" >/dev/null || true; fi
    done
}

# Images lie in memory where there is room: the suites measure nothing, and disks are slow at creating files.
make_work_folder() {
    local base=${TMPDIR:-/tmp}
    if [ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt $((10 << 20)) ] 2>/dev/null; then base=/dev/shm; fi
    work=$(mktemp -d "$base/bytefuse-test.XXXXXX")
    # The suites act as other users too.
    chmod 755 "$work"
    export BYTEFUSE_RUN_DIRECTORY=$work/run BYTEFUSE_CLUSTERS=$work/clusters
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# image NAME GIB: a fresh ext4 file system at $work/NAME.
image() {
    [ -d "$work/$1" ] && return
    truncate -s "$2G" "$work/$1.img"
    mkfs.ext4 -q -F -m 0 "$work/$1.img"
    mkdir "$work/$1"
    mount -o loop "$work/$1.img" "$work/$1"
}

# FUSE over io_uring, switched on where the kernel has it; false where not.
uring() {
    local switch=/sys/module/fuse/parameters/enable_uring
    [ -e "$switch" ] || return 1
    [ "$(cat "$switch")" = Y ] || echo 1 >"$switch" 2>/dev/null
}

# PostgreSQL for the suites; $server is its folder.
postgresql() {
    local cluster=$work/clusters/suites
    server=$cluster/postgresql
    mkdir -p "$work/clusters"
    [ -e "$server/pid" ] || "$root/dev" cluster up --directory "$cluster" >/dev/null
}

# volume NAME: a fresh volume mounted at $work/mounts/NAME, its store in the image "stores". What has -uring in its name comes
# through io_uring, with locks in the kernel, all else through /dev/fuse with locks in the daemon; with -passthrough in it the
# kernel reads and writes files by itself. The others send every read and write to the daemon, but for those that take what
# users get. What has -postgresql in it has its metadata there.
volume() {
    local url=file://$work/stores/$1 data=()
    image stores 12
    mkdir -p "$work/mounts/$1"
    if [[ $1 = *-postgresql ]]; then
        postgresql || return 1
        data=(--data "$url")
        url="$(cat "$server/url")?volume=$1&passfile=$server/passfile"
    fi
    "$BYTEFUSE" format "$url" "${data[@]}" >/dev/null || return 1
    local transport=classic locks=daemon passthrough=off
    [[ $1 != *-uring* ]] || transport=uring locks=kernel
    case $1 in
        *-passthrough) passthrough=on ;;
        fuzz-diff | workloads) passthrough=auto locks=kernel ;;
    esac
    "$BYTEFUSE" mount "$url" "$work/mounts/$1" -o "transport=$transport,locks=$locks,passthrough=$passthrough"
}

drop_volume() {
    "$BYTEFUSE" umount "$work/mounts/$1" || umount -l "$work/mounts/$1" || true
    rm -rf --one-file-system "${work:?}/stores/$1"
}

# step NAME SECONDS COMMAND...: runs it, shows what it prints, and adds up its closing line.
step() {
    local name=$1 limit=$2 log status=0 line
    shift 2
    log=$work/log
    echo "== $name"
    timeout -k 10 "$limit" "$@" >"$log" 2>&1 </dev/null || status=$?
    cat "$log"
    line=$(closing_line "$log")
    if [ -z "$line" ]; then
        fail "$name: no closing line (exit code $status)"
        remember_failures "$name"
        return
    fi
    read -r step_passed step_failed step_skipped <<<"$line"
    passed=$((passed + step_passed)) failed=$((failed + step_failed)) skipped=$((skipped + step_skipped))
    if [ "$status" -ne 0 ] && [ "$step_failed" -eq 0 ]; then fail "$name: exit code $status"; fi
    if [ "$status" -ne 0 ] || [ "$step_failed" -ne 0 ]; then remember_failures "$name"; fi
}

# fail WHAT: one failure that no closing line counts.
fail() {
    echo "FAILED $1" | tee -a "$work/failures"
    failed=$((failed + 1))
}

# Said once more before the last line: of a long output, continuous integration shows the end alone.
remember_failures() {
    {
        echo "== failed in $1"
        sed 's/\x1b\[[0-9;]*m//g' "$work/log" | grep -E -A 15 '\[FAIL\]|^ *FAILED' | head -200 || tail -30 "$work/log"
    } >>"$work/failures"
}

# The sum in a log, as three numbers: the suites' own last line, or xunit's summary.
closing_line() {
    local own
    own=$(tail -1 "$1" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
    if [ -n "$own" ]; then
        echo "$own"
        return
    fi
    sed -nE 's/.*Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+), Not Run: ([0-9]+).*/\1 \2 \3 \4 \5/p' "$1" |
        awk '{ print $1 - $3 - $4 - $5, $2 + $3, $4 + $5; exit }'
}

# With a name filter, only what contains one of the words.
wanted() {
    local word
    [ ${#filters[@]} -eq 0 ] && return
    for word in "${filters[@]}"; do [[ ${1,,} == *"${word,,}"* ]] && return; done
    return 1
}

# fixture FUNCTION NAME...: a suite whose volume cannot be made has failed.
fixture() {
    "$@" && return
    fail "$*"
    return 1
}

unit_projects() {
    local project
    for project in "$root"/tests/*.Tests; do [ -d "$project" ] && basename "$project"; done
}

suites=(posix-ext4 posix posix-uring posix-passthrough posix-uring-passthrough posix-postgresql fuzz-diff fuzz-data fuzz-data-uring
    fuzz-data-passthrough fuzz-data-uring-passthrough fuzz-dirs crash recovery recovery-uring recovery-postgresql workloads vm)

# FUSE passthrough came with Linux 6.9.
has_passthrough() { [ "$(printf '6.9\n%s\n' "$(uname -r)" | sort -V | head -1)" = 6.9 ]; }

run_suite() {
    local folder
    case $1 in
        posix-ext4) folder=Posix ;;
        posix | posix-*) folder=Posix ;;
        fuzz-*) folder=Fuzz ;;
        crash) folder=Crash ;;
        recovery | recovery-*) folder=Recovery ;;
        workloads) folder=Workloads ;;
        vm) folder=Vm ;;
    esac
    [ -d "$root/tests/$folder" ] || return 0
    if [[ $1 == *-uring* ]] && ! uring; then
        echo "== $1: skipped, this kernel has no FUSE over io_uring"
        skipped=$((skipped + 1))
        return 0
    fi
    if [[ $1 == *-passthrough ]] && ! has_passthrough; then
        echo "== $1: skipped, this kernel has no FUSE passthrough"
        skipped=$((skipped + 1))
        return 0
    fi
    local program
    program=$(executable "$root/tests/$folder")
    case $1 in
        posix-ext4)
            fixture image native 8 || return 0
            mkdir -p "$work/native/posix"
            step "$1" "$suite_limit" "$program" "$work/native/posix"
            ;;
        crash)
            fixture image stores 12 || return 0
            mkdir -p "$work/stores/crash"
            step "$1" "$suite_limit" "$program" --rounds 3 ${CI:+--seed 1} --store "$work/stores/crash"
            ;;
        recovery | recovery-*)
            fixture image stores 12 || return 0
            mkdir -p "$work/stores/recovery"
            case $1 in
                recovery) recover "$1" transport=classic ${RECOVERY:-24 8 4} ;;
                # The kernel fails what it hands through io_uring to a process that is being killed: there, upgrades alone.
                recovery-uring) recover "$1" transport=uring 0 "${RECOVERY_UPGRADES:-8}" 0 ;;
                recovery-postgresql)
                    # The others say more of the disk than of who dies.
                    recover "$1" transport=classic ${RECOVERY_POSTGRESQL:-6 2 1} --metadata postgresql --server-kills "${RECOVERY_SERVER_KILLS:-4}" \
                        --loads model,fio,fuzz,git
                    ;;
            esac
            ;;
        vm) run_in_machine "$1" "$program" ;;
        *)
            fixture volume "$1" || return 0
            run_on_volume "$1" "$program" "$work/mounts/$1"
            drop_volume "$1"
            ;;
    esac
}

# recover NAME MOUNT-OPTIONS KILLS UPGRADES CRASHED-UPGRADES [ARGUMENT...]: programs at work while their daemon is killed and upgraded.
recover() {
    step "$1" "$recovery_limit" "$program" --store "$work/stores/recovery" --options "$2" ${CI:+--seed 1} \
        --fuzz "$(executable "$root/tests/Fuzz")" --workloads "$(executable "$root/tests/Workloads")" \
        --kills "$3" --upgrades "$4" --crashed-upgrades "$5" "${@:6}"
}

# Sets $image to what the virtual machine boots from.
guest_image() { image=$("$root/tests/Vm/guest-image"); }

# Runs a suite in a virtual machine. What it needs beside tests/packages.txt has a list of its own: only this suite is skipped
# where Debian's archive does not have it.
run_in_machine() {
    local name=$1 program=$2 image
    if [ "$(uname -m)" != x86_64 ]; then
        echo "== $name: skipped, its guest is an x86-64 machine"
        skipped=$((skipped + 1))
        return 0
    fi
    # shellcheck disable=SC2046
    if ! install_packages $(sed 's/#.*//' "$root/tests/Vm/packages.txt"); then
        echo "== $name: skipped, apt-get cannot install what tests/Vm/packages.txt names"
        skipped=$((skipped + 1))
        return 0
    fi
    fixture guest_image || return 0
    mkdir -p "$work/vm"
    step "$name" "$suite_limit" "$program" "$image" "$work/vm"
}

run_on_volume() {
    local name=$1 program=$2 mounted=$3
    case $name in
        posix | posix-*) step "$name" "$suite_limit" "$program" "$mounted" ;;
        fuzz-diff)
            fixture image native 8 || return 0
            mkdir -p "$work/native/diff"
            step "$name, fixed seed" "$suite_limit" "$program" diff "$work/native/diff" "$mounted" --seed 1 --operations 30000
            [ -n "$random_seed" ] || return 0
            step "$name, random seed" "$suite_limit" "$program" diff "$work/native/diff" "$mounted" --seed "$random_seed" --seconds 30
            ;;
        fuzz-*)
            local kind=${name#fuzz-}
            kind=${kind%-passthrough}
            kind=${kind%-uring}
            step "$name, fixed seed" "$suite_limit" "$program" "$kind" "$mounted" --seed 1 --seconds 20
            [ -n "$random_seed" ] || return 0
            step "$name, random seed" "$suite_limit" "$program" "$kind" "$mounted" --seed "$random_seed" --seconds 20
            ;;
        workloads) step "$name" 900 "$program" "$mounted" --scale small ;;
    esac
}

run_tests() {
    filters=("$@")
    if [ "${1-}" = --list ]; then
        unit_projects
        printf '%s\n' "${suites[@]}"
        return
    fi
    [ "$(id -u)" -eq 0 ] || { echo "dev: the tests need root: they mount" >&2; exit 1; }
    install_rocksdb
    if [ -f "$root/tests/packages.txt" ]; then
        # shellcheck disable=SC2046
        install_packages $(sed 's/#.*//' "$root/tests/packages.txt")
    fi
    solution_build
    ensure_built
    export BYTEFUSE=$bytefuse_binary
    make_work_folder
    local name
    for name in $(unit_projects); do
        if wanted "$name"; then step "$name" "$unit_limit" "$(executable "$root/tests/$name")"; fi
    done
    for name in "${suites[@]}"; do
        if wanted "$name"; then run_suite "$name"; fi
    done
    if [ $((passed + failed + skipped)) -eq 0 ]; then echo "dev: no test is named like ${filters[*]}" >&2; failed=1; fi
    [ ! -e "$work/failures" ] || cat "$work/failures"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
