#!/bin/sh
# Takes ONNX Runtime's CUDA provider from the Python package onnxruntime-gpu, which is made of the same sources as the npm
# package onnxruntime-node, and puts it beside that package's library. Nothing of the Python package is run.
set -eu

here=$(dirname "$0")
native=$(echo node_modules/onnxruntime-node/bin/napi-v*/linux/x64)
download=$(mktemp -d)
trap 'rm -r "$download"' EXIT

wanted=$(node -p "require('./node_modules/onnxruntime-node/package.json').version")
grep -q "^onnxruntime-gpu==$wanted " "$here/cuda-provider.txt" || {
  echo "docker/cuda-provider.txt should name version $wanted, as onnxruntime-node has it." >&2
  exit 1
}
python3 -m pip download --quiet --no-deps --no-cache-dir --require-hashes --only-binary=:all: \
  --implementation=cp --python-version=3.12 --abi=cp312 --platform=manylinux_2_28_x86_64 \
  --dest="$download" --requirement="$here/cuda-provider.txt"
python3 -m zipfile -e "$download"/*.whl "$download"

commit() { grep -aoEh 'git-commit-id=[0-9a-f]+' "$@" | sort -u; }
[ "$(commit "$native/libonnxruntime.so.1")" = "$(commit "$download"/onnxruntime/capi/onnxruntime_pybind11_state*.so)" ] || {
  echo "onnxruntime-gpu and onnxruntime-node $wanted are not made of the same sources." >&2
  exit 1
}
for provider in cuda shared; do
  install -m 644 "$download/onnxruntime/capi/libonnxruntime_providers_$provider.so" "$native"
done
