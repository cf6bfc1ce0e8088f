#!/bin/sh
# Installs valgrind, which counts the instructions of the harness's own work.
# Only on Debian and Ubuntu and only if it is missing; elsewhere says that this is left out.
set -eu

command -v valgrind >/dev/null && exit 0

left_out() {
    echo "valgrind is not installed and can't be from here: the harness's own cost will not be compared" >&2
    exit 0
}

command -v apt-get >/dev/null || left_out
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
else
    left_out
fi
echo "installing to count instructions: valgrind" >&2
# What it recommends, a debugger above all, is not needed to count.
$as_root apt-get update -qq || left_out
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends valgrind >/dev/null || left_out
