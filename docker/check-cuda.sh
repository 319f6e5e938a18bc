#!/bin/sh
# Whether this image has the CUDA libraries that ONNX Runtime's provider was built for. The driver's own, libcuda.so.1,
# comes from the host when a container starts.
set -eu

provider=$(echo node_modules/onnxruntime-node/bin/napi-v*/linux/x64/libonnxruntime_providers_cuda.so)
missing=$(ldd "$provider" | awk '/not found/ && $1 != "libcuda.so.1" { print $1 }')
# ONNX Runtime opens these two by name, when a model first needs them.
for library in libcudnn.so.9 libcufft.so.12; do
  ldconfig -p | grep -q "$library " || missing="$missing $library"
done
[ -z "$missing" ] || {
  echo "The base image lacks, for $(basename "$provider"): $(echo "$missing" | xargs)" >&2
  echo "Is it of the right CUDA version? See CUDA_IMAGE in the Dockerfile." >&2
  exit 1
}
