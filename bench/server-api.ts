/** The HTTP side of a running server, as the benches and the end-to-end tests use it. */
import { refusal } from '../src/cli/stream-client.ts'
import { decodeWav, type Recording } from '../src/cli/wav.ts'
import { encodeWav } from '../src/transport/wav.ts'

async function ask(url: URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (!response.ok) throw refusal(response.status, await response.text())
  return response
}

export class ServerApi {
  readonly url: URL

  constructor(url: URL) {
    this.url = url
  }

  async speak(text: string, language: string): Promise<Recording> {
    const response = await ask(new URL('speak', this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text, language }),
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
