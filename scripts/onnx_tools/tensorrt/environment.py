"""What a machine lacks to build TensorRT engines."""

from __future__ import annotations

import ctypes
import ctypes.util

TENSORRT_PROVIDER = "TensorrtExecutionProvider"
CUDA_PROVIDER = "CUDAExecutionProvider"


def what_is_missing() -> list[str]:
    """One sentence for each missing thing, with its remedy; empty where engines can be built."""
    import onnxruntime as ort

    missing = []
    gpus = count_gpus()
    if not gpus:
        missing.append("no NVIDIA GPU was found: run this where one is, with its driver")
    if TENSORRT_PROVIDER not in ort.get_available_providers():
        missing.append(
            f"this onnxruntime has no {TENSORRT_PROVIDER}: "
            "pip uninstall onnxruntime, then pip install onnxruntime-gpu tensorrt (the TensorRT libraries)"
        )
    elif gpus and not is_loadable("nvinfer"):
        missing.append(
            "the TensorRT libraries are not found: pip install tensorrt (its release has to be the one that "
            "onnxruntime-gpu was built for), and put its folder into LD_LIBRARY_PATH"
        )
    return missing


def count_gpus() -> int:
    """GPUs that the NVIDIA driver shows to this process; 0 without a driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int()
    succeeded = driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    return count.value if succeeded else 0


def is_loadable(library: str) -> bool:
    for name in (ctypes.util.find_library(library), f"lib{library}.so.10"):
        try:
            if name and ctypes.CDLL(name):
                return True
        except OSError:
            continue
    return False
