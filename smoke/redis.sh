#!/usr/bin/env bash
# Does Redis answer, and does the online store hold every prediction?
set -euo pipefail
port=${AURORA_REDIS_PORT:-16379}

ask() { redis-cli -h 127.0.0.1 -p "$port" "$@"; }

[[ $(ask ping) == PONG ]] || { echo "redis: no answer on port $port" >&2; exit 1; }
[[ $(ask exists aurora:online_store_complete) == 1 ]] || { echo "redis: the online store is not complete" >&2; exit 1; }
echo "redis: well"
