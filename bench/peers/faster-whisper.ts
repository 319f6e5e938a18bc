import { type PeerAnswer, PythonPeer } from './python-peer.ts'

export class FasterWhisper {
  readonly #peer: PythonPeer<{ samples: string; language: string; beam: number }>

  /** @param python interpreter of an environment with faster-whisper in it */
  constructor(python: string, modelDir: string, threads: number) {
    this.#peer = new PythonPeer(python, 'faster-whisper.py', [modelDir, String(threads)])
  }

  /** Highest so far. */
  get rssMb(): number {
    return this.#peer.rssMb
  }

  hear(samples: Float32Array, language: string, beam: number): Promise<PeerAnswer> {
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
    return this.#peer.ask({ samples: bytes.toString('base64'), language, beam })
  }

  close(): Promise<void> {
    return this.#peer.close()
  }
}
