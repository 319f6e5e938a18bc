/** The HTTP side of a running server, as the benches and the end-to-end tests use it. */
import { refusal } from '../src/cli/stream-client.ts'
import { decodeWav, type Recording } from '../src/cli/wav.ts'
import { encodeWav } from '../src/transport/wav.ts'

async function ask(url: URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (!response.ok) throw refusal(response.status, await response.text())
  return response
}

export interface SpokenVoice {
  readonly id: string
  /** ISO 639-1 code. */
  readonly language: string
  /** The engine's name, e.g. `kokoro`. */
  readonly engine: string
  readonly robotic?: boolean
  /** Speaks the language where nobody asks for another voice. */
  readonly default?: boolean
}

interface SpokenLanguage {
  readonly code: string
  readonly voices: readonly Omit<SpokenVoice, 'language'>[]
}

export class ServerApi {
  readonly url: URL

  constructor(url: URL) {
    this.url = url
  }

  /** @param voice the default of the language where it is left out */
  async speak(text: string, language: string, voice?: string): Promise<Recording> {
    const response = await ask(new URL('speak', this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text, language, voice }),
    })
    return decodeWav(new Uint8Array(await response.arrayBuffer()))
  }

  async transcribe({ pcm, sampleRate }: Recording, language: string): Promise<string> {
    const response = await ask(new URL(`transcribe?src=${language}`, this.url), {
      method: 'POST',
      headers: { 'content-type': 'audio/wav' },
      body: encodeWav(pcm, sampleRate) as Uint8Array<ArrayBuffer>,
    })
    return ((await response.json()) as { text: string }).text
  }

  /** All voices of `GET /languages`. */
  async voices(): Promise<SpokenVoice[]> {
    const response = await ask(new URL('languages', this.url))
    const { speak } = (await response.json()) as { speak: readonly SpokenLanguage[] }
    return speak.flatMap(({ code, voices }) => voices.map((voice) => ({ ...voice, language: code })))
  }

  /** The values of `GET /metrics` by name with labels, as they stand in the text. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await ask(new URL('metrics', this.url))).text()
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ')
        return [line.slice(0, space), Number(line.slice(space + 1))]
      }),
    )
  }
}
