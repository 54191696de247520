# Sourced: installs Debian packages that are missing, by name, and says so.

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

install_packages() {
    local missing=() package
    for package; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "installing by apt-get: ${missing[*]}" >&2
    apt-get -qq update >&2 || echo "apt-get update failed; trying with the lists that are there" >&2
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >&2
}

# The library that the metadata engine loads, under whatever soname this release has.
install_rocksdb() {
    ldconfig -p | grep -q 'librocksdb\.so' && return
    local package
    package=$(apt-cache search --names-only '^librocksdb[0-9.]+$' | cut -d' ' -f1 | sort -V | tail -1)
    if [ -z "$package" ]; then
        apt-get -qq update >&2
        package=$(apt-cache search --names-only '^librocksdb[0-9.]+$' | cut -d' ' -f1 | sort -V | tail -1)
    fi
    install_packages "${package:-librocksdb7.8}"
}
