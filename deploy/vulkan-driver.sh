#!/bin/sh
# Makes sure that some Vulkan driver is there, so that every machine can run and test suanli.
# A driver that is there already, of a GPU or in software, is left alone. Debian and Ubuntu only;
# elsewhere it says what is missing. Metal and DX12 systems need nothing.
set -eu

[ "$(uname -s)" = Linux ] || exit 0

has_loader() { ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1'; }
has_driver() {
    [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && return 0
    for manifest in /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json \
        /usr/local/share/vulkan/icd.d/*.json "$HOME"/.local/share/vulkan/icd.d/*.json; do
        [ -e "$manifest" ] && return 0
    done
    return 1
}

packages=
has_driver || packages="mesa-vulkan-drivers"
has_loader || packages="$packages libvulkan1"
# Rust links with the system's C compiler.
command -v cc >/dev/null || packages="$packages gcc libc6-dev"
[ -n "$packages" ] || exit 0

say_what_to_type() {
    echo "error: missing: $packages" >&2
    echo "hint: as root: apt-get update && apt-get install -y $packages" >&2
    exit 1
}

command -v apt-get >/dev/null || say_what_to_type
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
else
    say_what_to_type
fi
echo "installing $packages"
$as_root apt-get update -qq || say_what_to_type
# shellcheck disable=SC2086 # a list of packages, split on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null || say_what_to_type
