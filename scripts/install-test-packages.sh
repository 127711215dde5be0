#!/bin/sh
# Installs the Debian packages that the tests need and npm cannot bring: a browser, the Vulkan loader through which WebGPU
# finds the software device (SwiftShader) that Debian's chromium brings, and a Redis server for the tests of clusters, which
# start one of their own. Does nothing when all are there.
set -eu

missing=""

has_browser() {
  for browser in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$browser" >/dev/null 2>&1; then
      return 0
    fi
  done
  return 1
}

has_vulkan() {
  { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null; } | grep -q 'libvulkan\.so\.1'
}

has_program() {
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]
}

has_browser || missing="$missing chromium"
has_vulkan || missing="$missing libvulkan1"
has_program nginx || missing="$missing nginx"
has_program caddy || missing="$missing caddy"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
if [ -z "$missing" ]; then
  exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
  echo "install-test-packages:$missing is missing, and there is no apt-get to install it." >&2
  exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  as_root="sudo"
fi

$as_root apt-get update
# shellcheck disable=SC2086 # package names, one word each
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
