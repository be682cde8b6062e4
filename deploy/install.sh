#!/bin/sh
# Installs Session Recorder on a Linux image builder, WorkSpace or instance. It lies in the archive that it installs, in deploy/:
#   tar -xzf session-recorder-0.1.0-linux-x64.tar.gz --strip-components=2 session-recorder/deploy/install.sh
# Run as root:
#   sh install.sh appstream|workspaces|ec2 session-recorder-0.1.0-linux-x64.tar.gz recorder.json [/path/of/ffmpeg] [further options]
# Run again with a newer archive, it upgrades, and running recordings go on. It downloads nothing.
set -eu
umask 022

usage() {
    echo "usage: $0 appstream|workspaces|ec2 ARCHIVE RECORDER.JSON [FFMPEG] [OPTION...]" >&2
    exit 2
}

[ $# -ge 3 ] || usage
[ "$(id -u)" -eq 0 ] || { echo "$0: run it as root" >&2; exit 2; }
platform=$1 archive=$2 configuration=$3
shift 3
case $platform in appstream | workspaces | ec2) ;; *) usage ;; esac
case ${1:-} in '' | -*) ;; *) ffmpeg=$1; shift; set -- --ffmpeg "$ffmpeg" "$@" ;; esac

# Root runs nothing that others can write: so it is unpacked to where root alone can.
work=$(mktemp -d /var/tmp/session-recorder.XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir "$work/program"
tar -xzf "$archive" -C "$work/program" --strip-components=1 --no-same-owner
install -m 600 "$configuration" "$work/recorder.json"

"$work/program/session-recorder" install "$platform" --config "$work/recorder.json" --config-name "$configuration" "$@"
