#!/usr/bin/env bash
# Sets up all that Aurora needs on a Debian machine that has only Python 3.11.
#
# Each step is skipped where it was done before with the same inputs, so a second run takes a moment and changes
# nothing. PYTHON names the interpreter for a new .venv (default: Debian's own python3.11, or else that of the PATH).
# IMAGE=yes is for building a container image: it leaves out the servers, which have images of their own, and the secrets,
# which no image may hold.
set -euo pipefail
cd "$(dirname "$0")/.."

# Debian's is compiled by what a profile showed; one that was built on the spot often is not, and a tenth slower
PYTHON=${PYTHON:-$(PATH=/usr/bin:$PATH command -v python3.11 || echo python3.11)}
IMAGE=${IMAGE:-no}
VENV=.venv
UV=$VENV/bin/uv

main() {
    system_packages
    step "$VENV/aurora-environment.stamp" "Python environment in $VENV" python_environment ops/uv.lock
    step "$VENV/aurora-packages.stamp" "Python packages, by requirements.lock" python_packages \
        "$VENV/aurora-environment.stamp" requirements.lock
    step "$VENV/aurora-project.stamp" "the project itself" project "$VENV/aurora-packages.stamp" pyproject.toml
    step .aurora/lib/stamp "Kafka and Flink's connector, by Maven" jvm_parts ops/jvm/pom.xml
    step udfs/jvm/target/aurora.stamp "the job's JVM functions, by Maven" jvm_functions \
        udfs/jvm/pom.xml udfs/jvm/src schemas/avro schemas/released
    [[ $IMAGE == yes ]] || step "${AURORA_FOLDER:-.aurora}/prepared.stamp" \
        "secrets, accounts database, feature registry" local_state \
        "$VENV/aurora-project.stamp" api/migrations feature_repo
    say "ready ($SECONDS s)"
}

# The commands that must be there, and the Debian package that brings each.
system_packages() {
    local missing=()
    has javac || missing+=(openjdk-17-jdk-headless)
    has mvn || missing+=(maven)
    has curl || missing+=(curl)
    if [[ $IMAGE != yes ]]; then
        has redis-server || missing+=(redis-server)
        # the tests start one of each
        compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
        has chromium || missing+=(chromium)
    fi
    if [[ ! -x $VENV/bin/python ]]; then
        has "$PYTHON" || fail "$PYTHON is missing. Aurora needs Python 3.11; PYTHON=/path/to/it names another."
        "$PYTHON" -c 'import ensurepip' 2>/dev/null || missing+=(python3.11-venv)
    fi
    # Flink runs Python inside its JVM, as a shared library
    shared_python || missing+=(libpython3.11)
    [[ ${#missing[@]} -eq 0 ]] || install_packages "${missing[@]}"
}

shared_python() {
    local python=$PYTHON
    [[ ! -x $VENV/bin/python ]] || python=$VENV/bin/python
    "$python" - <<'PYTHON'
import sys, sysconfig
from pathlib import Path

folder, name = sysconfig.get_config_vars("LIBDIR", "INSTSONAME")
sys.exit(not Path(folder, name).exists())
PYTHON
}

install_packages() {
    local as_root=() policy=/usr/sbin/policy-rc.d
    say "Debian packages: $* ..."
    has apt-get || fail "apt-get is missing, so install these yourself: $*"
    if [[ $EUID -ne 0 ]]; then
        has sudo || fail "neither root nor sudo, so install these yourself: $*"
        as_root=(sudo)
    fi
    # the servers are started by Aurora and by the tests, each with its own folder: no service of theirs must run
    if [[ ! -e $policy ]]; then
        # shellcheck disable=SC2064  # as it is now
        trap "${as_root[*]} rm -f $policy" EXIT
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
    "${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.d/aurora.conf >/dev/null
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    [[ " $* " != *" redis-server "* ]] || "${as_root[@]}" update-rc.d redis-server disable
}

python_environment() {
    if ! is_python_311 "$VENV/bin/python"; then
        is_python_311 "$PYTHON" || fail "$PYTHON is not Python 3.11."
        "$PYTHON" -m venv --clear "$VENV"
    fi
    "$VENV/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r ops/uv.lock
}

is_python_311() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

python_packages() {
    # what has to be built is built with the builder of the same lock
    "$UV" pip sync --quiet --python "$VENV/bin/python" --require-hashes --build-constraints requirements.lock requirements.lock
}

project() {
    "$UV" pip install --quiet --python "$VENV/bin/python" --offline --no-deps --no-build-isolation -e .
    # API and feature writers run without docstrings (ops/parts/services.py): what they import is compiled in that way too
    PYTHONDONTWRITEBYTECODE='' "$VENV/bin/python" -OO -c 'import ops.preflight, api.__main__, feature_writer.online, feature_writer.offline'
}

jvm_parts() {
    rm -rf .aurora/lib
    maven ops/jvm
}

jvm_functions() {
    maven udfs/jvm
}

local_state() {
    "$VENV/bin/aurora" prepare
}

maven() {
    # Debian's Maven prints colour resets even when told to print no colour
    mvn --quiet --batch-mode -Dstyle.color=never -f "$1/pom.xml" package 2>&1 | sed 's/\x1b\[0m//g'
}

# step STAMP TITLE COMMAND INPUT... runs the command, unless the stamp says that it was run with these very inputs.
# A stamp lies beside what its command makes, so it goes when that is removed.
step() {
    local stamp=$1 title=$2 command=$3 inputs
    shift 3
    inputs=$(fingerprint "$@")
    if [[ ! -e $stamp || $(<"$stamp") != "$inputs" ]]; then
        say "$title ..."
        "$command"
        mkdir -p "$(dirname "$stamp")"
        echo "$inputs" >"$stamp"
    fi
}

fingerprint() {
    find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum
}

has() { command -v "$1" >/dev/null; }

say() { printf 'aurora setup: %s\n' "$*"; }

fail() {
    say "$*" >&2
    exit 1
}

main
