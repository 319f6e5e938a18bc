"""Recognises clips with faster-whisper for bench/wer.ts: one JSON request a line in, one JSON answer a line out.

usage: python faster-whisper.py MODEL_DIR THREADS
request: {"samples": base64 of float32 little endian at 16 kHz, "language": "en", "beam": 1}
answer: {"text", "wallMs", "cpuMs", "rssMb"}
"""

import base64
import json
import resource
import sys
import time

import numpy
from faster_whisper import WhisperModel

model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=int(sys.argv[2]))
for line in sys.stdin:
    request = json.loads(line)
    samples = numpy.frombuffer(base64.b64decode(request["samples"]), dtype="<f4")
    wall, cpu = time.perf_counter(), time.process_time()
    segments, _ = model.transcribe(samples, language=request["language"], beam_size=request["beam"])
    text = " ".join(segment.text.strip() for segment in segments)
    answer = {
        "text": text,
        "wallMs": 1000 * (time.perf_counter() - wall),
        "cpuMs": 1000 * (time.process_time() - cpu),
        "rssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(answer), flush=True)
