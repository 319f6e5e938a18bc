"""Distils a small, fast voice from a large, slow one: FastSpeech2 and a vocoder learn from Kokoro."""
