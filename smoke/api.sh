#!/usr/bin/env bash
# Is the API well? Status, metrics, documentation, and that nobody gets in without a token.
#   smoke/api.sh [URL]
set -euo pipefail
url=${1:-http://127.0.0.1:${AURORA_API_PORT:-18000}}

answers() { # STATUS PATH
    local status
    status=$(curl --silent --show-error --max-time 5 --output /dev/null --write-out '%{http_code}' "$url$2")
    [[ $status == "$1" ]] || { echo "api: $2 answered $status, not $1" >&2; exit 1; }
}

answers 200 /v1/status
answers 200 /v1/openapi.json
answers 200 /v1/docs
answers 200 /metrics
answers 200 /.well-known/jwks.json
answers 401 /v1/stock/alerts
echo "api: well"
