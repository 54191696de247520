# Sourced by ./dev: the engines of a cluster on loopback, under one folder, without systemd. `up` starts each engine that does not run
# and leaves alone one that does; `down` ends what `up` started here, by the process id that it wrote down, and keeps the data.
. "$root/scripts/packages.sh"

cluster_usage() {
    cat <<'END_USAGE'
usage: ./dev cluster up [--directory DIR] [--port N]   start PostgreSQL, in DIR/postgresql, on 127.0.0.1
       ./dev cluster down [--directory DIR]            end it; the data stays
DIR is $BYTEFUSE_CLUSTER or /tmp/bytefuse-cluster. DIR/postgresql/url is the address, DIR/postgresql/passfile has the password.
END_USAGE
}

cluster_failed() { echo "dev: $*" >&2; exit 1; }

# The engines refuse to run as root, or should: they get Debian's user of their own.
as_engine_user() {
    if [ "$(id -u)" -ne 0 ]; then (cd / && "$@"); else (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); fi
}

# engine_runs FOLDER: true while the process that `up` wrote down is there and is still the one that serves this folder.
engine_runs() {
    local pid
    pid=$(cat "$1/pid" 2>/dev/null) || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF " $1/"
}

free_port() {
    local port
    while :; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

postgresql_make() {
    local folder=$1 password
    mkdir -p "$folder"
    password=$(head -c 18 /dev/urandom | base64 | tr -d '/+=')
    (umask 077 && printf '*:*:*:bytefuse:%s\n' "$password" >"$folder/passfile" && printf '%s\n' "$password" >"$folder/initial")
    [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$folder" "$folder/initial"
    as_engine_user "$programs/initdb" -D "$folder/data" -U bytefuse -E UTF8 --locale=C -A scram-sha-256 --pwfile="$folder/initial" \
        >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; cluster_failed "initdb failed"; }
    rm -f "$folder/initial"
    if command -v openssl >/dev/null; then
        as_engine_user openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
            -keyout "$folder/data/server.key" -out "$folder/data/server.crt" 2>/dev/null
        echo 'ssl = on' >>"$folder/data/postgresql.auto.conf"
    fi
}

postgresql_up() {
    local folder=$1 port=$2
    if engine_runs "$folder"; then
        echo "PostgreSQL runs already: $(cat "$folder/url")"
        return
    fi
    [ -e "$folder/data/PG_VERSION" ] || postgresql_make "$folder"
    [ -n "$port" ] || port=$(cat "$folder/port" 2>/dev/null || free_port)
    echo "$port" >"$folder/port"
    echo "postgres://bytefuse@127.0.0.1:$port/postgres" >"$folder/url"
    as_engine_user "$programs/pg_ctl" -D "$folder/data" -s -w -t 120 -l "$folder/data/server.log" -o "-c listen_addresses=127.0.0.1 -p $port -k ''" start \
        >&2 || { tail -20 "$folder/data/server.log" >&2; cluster_failed "PostgreSQL did not start"; }
    head -1 "$folder/data/postmaster.pid" >"$folder/pid"
    echo "PostgreSQL: $(cat "$folder/url"), PGPASSFILE=$folder/passfile"
}

# A fast shutdown: sessions are ended, what was committed is on disk.
postgresql_down() {
    local folder=$1 pid
    if engine_runs "$folder"; then
        pid=$(cat "$folder/pid")
        kill -INT "$pid"
        while engine_runs "$folder"; do sleep 0.05; done
        echo "PostgreSQL ended"
    fi
    rm -f "$folder/pid"
}

run_cluster() {
    local action=${1-} directory=${BYTEFUSE_CLUSTER:-/tmp/bytefuse-cluster} port=
    [ $# -eq 0 ] || shift
    while [ $# -gt 0 ]; do
        case $1 in
            --directory) directory=$(readlink -m "${2:?}"); shift 2 ;;
            --port) port=${2:?}; shift 2 ;;
            *) cluster_usage >&2; exit 2 ;;
        esac
    done
    case $action in
        up)
            [ "$(id -u)" -ne 0 ] || install_packages postgresql
            programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
            [ -n "$programs" ] || cluster_failed "Debian's package postgresql is not installed"
            mkdir -p "$directory"
            postgresql_up "$directory/postgresql" "$port"
            ;;
        down) postgresql_down "$directory/postgresql" ;;
        *) cluster_usage >&2; exit 2 ;;
    esac
}
