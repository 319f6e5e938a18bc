"""Runs an M2M100 with transformers on PyTorch for bench/m2m100.ts: one JSON request a line in, one JSON answer a line out.

usage: python m2m100-transformers.py CHECKPOINT THREADS int8|fp32
request: {"sourceIds", "start", "tokens"}; no source ids ask for the time of loading, no tokens for the encoder alone
answer: {"text", "wallMs", "cpuMs", "rssMb"}, the memory as it is then
"""

import json
import os
import sys
import time

import torch
from transformers import M2M100ForConditionalGeneration

checkpoint, threads, precision = sys.argv[1:]
torch.set_num_threads(int(threads))
torch.set_grad_enabled(False)
started_at = time.perf_counter()
model = M2M100ForConditionalGeneration.from_pretrained(checkpoint, dtype=torch.float32).eval()
if precision == "int8":
    model = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
load_ms = 1000 * (time.perf_counter() - started_at)


def work(source_ids, start, tokens):
    ids = torch.tensor([source_ids])
    mask = torch.ones_like(ids)
    encoded = model.get_encoder()(input_ids=ids, attention_mask=mask)
    past, read, text = None, torch.tensor([start]), []
    for _ in range(tokens):
        out = model(
            encoder_outputs=encoded, attention_mask=mask, decoder_input_ids=read, past_key_values=past, use_cache=True
        )
        past, read = out.past_key_values, out.logits[:, -1:].argmax(-1)
        text.append(int(read))
    return text


for line in sys.stdin:
    request = json.loads(line)
    wall, cpu = time.perf_counter(), time.process_time()
    text = work(request["sourceIds"], request["start"], request["tokens"]) if request["sourceIds"] else []
    wall_ms = 1000 * (time.perf_counter() - wall) if request["sourceIds"] else load_ms
    resident = int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    answer = {
        "text": " ".join(map(str, text)),
        "wallMs": wall_ms,
        "cpuMs": 1000 * (time.process_time() - cpu),
        "rssMb": resident / 2**20,
    }
    print(json.dumps(answer), flush=True)
