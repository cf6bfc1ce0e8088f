#!/bin/sh
# Installs what the tests of sheets open them with: a browser, a spreadsheet, a font with Chinese, a reader of PDF, one of XML.
# Only on Debian and Ubuntu and only what is missing; elsewhere says what the tests will leave out.
set -eu

missing=
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="$missing chromium"
command -v soffice >/dev/null || missing="$missing libreoffice-calc"
command -v pdftotext >/dev/null || missing="$missing poppler-utils"
command -v xmllint >/dev/null || missing="$missing libxml2-utils"
command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family)" ] || missing="$missing fontconfig fonts-wqy-microhei"
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
if command -v apt-get >/dev/null && { [ -z "$as_root" ] || command -v sudo >/dev/null; }; then
    echo "installing for the tests of sheets:$missing" >&2
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of packages
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq $missing >/dev/null
else
    echo "not installed, and the tests that need them will say so:$missing" >&2
fi
