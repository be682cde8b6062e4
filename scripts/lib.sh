# Sourced by the scripts beside it: where the repository is, and how to end what was started.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Build nodes that stay behind would hold this script's output open for whoever waits for it.
export MSBUILDDISABLENODEREUSE=1

children=()
temporary=""
program=""
program_copy=""

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

# is_roots_alone FOLDER: whether nobody but root can write it, what is in it and what is above it, as the program asks.
is_roots_alone() {
    local path
    path=$(realpath "$1")
    [[ -z $(find "$path" \( ! -uid 0 -o ! -type l -perm /022 \) -print -quit) ]] || return 1
    while [[ $path != / ]]; do
        path=$(dirname "$path")
        [[ -n $(find "$path" -maxdepth 0 -uid 0 \( ! -perm /022 -o -perm -1000 \)) ]] || return 1
    done
}

# choose_program: sets 'program' to the published program. Root may not run what others can write (docs/security.md), and
# a working tree often belongs to somebody else: then to a copy, in a folder that clean_up deletes.
choose_program() {
    local published="$root/artifacts/publish/linux-x64"
    program="$published/session-recorder"
    if ((EUID != 0)) || is_roots_alone "$published"; then
        return
    fi

    say "others can write $published, so root runs a copy of it"
    program_copy=$(mktemp -d -t session-recorder-program-XXXXXX)
    cp -r --no-preserve=ownership "$published/." "$program_copy"
    chmod -R go-w,a+rX "$program_copy"
    program="$program_copy/session-recorder"
}

# Ends the processes in 'children' by their ids, last first, and deletes the folders in 'temporary' and 'program_copy'.
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
    if [[ -n $program_copy ]]; then
        rm -rf "$program_copy"
    fi
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
