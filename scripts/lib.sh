# Sourced by the scripts beside it: where the repository is, and how to end what was started.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Build nodes that stay behind would hold this script's output open for whoever waits for it.
export MSBUILDDISABLENODEREUSE=1

children=()
temporary=""

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$(basename "$0"): $*"
    exit 1
}

# build TARGET: in Release; silent unless it fails.
build() {
    local said
    said=$(dotnet build "$1" -c Release -v quiet -nologo 2>&1) || { say "$said"; return 1; }
}

# Ends the processes in 'children' by their ids, last first, and deletes the folder in 'temporary'.
clean_up() {
    local i
    for ((i = ${#children[@]} - 1; i >= 0; i--)); do
        kill "${children[i]}" 2>/dev/null || true
        wait "${children[i]}" 2>/dev/null || true
    done
    children=()
    if [[ -n $temporary ]]; then
        rm -rf "$temporary"
    fi
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
