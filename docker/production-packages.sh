#!/bin/sh
# The packages that the server needs while it runs, without what they bring for other systems.
set -eu

npm ci --omit=dev --no-audit --no-fund
cd node_modules/onnxruntime-node/bin/napi-v*
for system in *; do
  for processor in "$system"/*; do
    [ "$processor" = "linux/$(node -p process.arch)" ] || rm -r "$processor"
  done
done
