#!/usr/bin/env bash
# Ask TensorFlow Serving over REST with curl: bash predict.sh [URL]
# It prints the answer to golden/request.json; golden/response.json is Keras's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
url="${1:-http://localhost:8501/v1/models/@served_name@}"
curl --fail-with-body --silent --show-error \
  --header "Content-Type: application/json" --data @golden/request.json "$url:predict"
