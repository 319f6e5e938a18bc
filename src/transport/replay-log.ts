/** What a session has sent of late, so that a client whose connection fell gets what it missed. */

/** How far a client has come: what it has received of a session, over all its connections. */
export interface Position {
  /** Of the last text message. */
  readonly seq: number
  /** Samples of speech; undefined: those that came before message `seq`. */
  readonly audioSamples: number | undefined
}

export interface Replay {
  /** Where it goes on: `seq` of the last text message and the samples of speech before the first item. */
  readonly seq: number
  readonly audioSamples: number
  /** What is no longer there of what the client missed. */
  readonly lostMessages: number
  readonly lostSamples: number
  /** In the order in which they were sent first. */
  readonly items: readonly (string | Uint8Array)[]
}

export interface ReplayLogOptions {
  readonly maxBytes: number
  readonly maxAgeMs: number
}

interface Entry {
  readonly data: string | Uint8Array
  /** Of this text message, or of the one before this audio. */
  readonly seq: number
  /** Samples of speech up to its end. */
  readonly samples: number
  readonly at: number
}

const bytesPerSample = 2
/** Of an entry beside its data, and of each character of a text at most. */
const [entryBytes, charBytes] = [96, 2]

export class ReplayLog {
  readonly #options: ReplayLogOptions
  #entries: Entry[] = []
  #bytes = 0
  #seq = 0
  #samples = 0
  /** The end of what is gone. */
  #gone = { seq: 0, samples: 0 }

  constructor(options: ReplayLogOptions) {
    this.#options = options
  }

  /** Of the last text message. */
  get seq(): number {
    return this.#seq
  }

  /** Samples of speech so far. */
  get audioSamples(): number {
    return this.#samples
  }

  /** @param text has the number `seq + 1`. */
  pushText(text: string): void {
    this.#seq++
    this.#push(text)
  }

  /** @param pcm PCM16, not to be changed afterwards. */
  pushAudio(pcm: Uint8Array): void {
    this.#samples += pcm.byteLength / bytesPerSample
    this.#push(pcm)
  }

  /** What was sent after `position`, as far as it is still there. */
  after({ seq, audioSamples }: Position): Replay {
    const samples = audioSamples ?? this.#samplesBefore(seq)
    const from = { seq: Math.max(seq, this.#gone.seq), samples: Math.max(samples, this.#gone.samples) }
    const items = this.#entries.flatMap((entry) => {
      if (typeof entry.data === 'string') return entry.seq > from.seq ? entry.data : []
      const unheard = (entry.samples - from.samples) * bytesPerSample
      if (unheard <= 0) return []
      return entry.data.subarray(Math.max(0, entry.data.byteLength - unheard))
    })
    return {
      seq: from.seq,
      audioSamples: from.samples,
      lostMessages: from.seq - seq,
      lostSamples: from.samples - samples,
      items,
    }
  }

  clear(): void {
    this.#entries = []
    this.#bytes = 0
    this.#gone = { seq: this.#seq, samples: this.#samples }
  }

  #samplesBefore(seq: number): number {
    const entry = this.#entries.find((entry) => typeof entry.data === 'string' && entry.seq >= seq)
    return entry?.samples ?? this.#samples
  }

  #push(data: string | Uint8Array): void {
    const { maxAgeMs, maxBytes } = this.#options
    const at = performance.now()
    this.#entries.push({ data, seq: this.#seq, samples: this.#samples, at })
    this.#bytes += sizeOf(data)
    for (;;) {
      const oldest = this.#entries[0]
      if (!oldest || (this.#bytes <= maxBytes && at - oldest.at <= maxAgeMs)) return
      this.#entries.shift()
      this.#bytes -= sizeOf(oldest.data)
      this.#gone = { seq: oldest.seq, samples: oldest.samples }
    }
  }
}

function sizeOf(data: string | Uint8Array): number {
  return entryBytes + (typeof data === 'string' ? data.length * charBytes : data.byteLength)
}
