// @ts-check
/** One connection to the server: protocol version 1. */

/**
 * @typedef {object} Handlers
 * @property {(message: any) => void} onMessage
 * @property {(pcm: ArrayBuffer, segment: number) => void} onAudio
 * @property {(problem: string | undefined) => void} onEnd called once, with words where it did not end in order
 */

/** @type {Readonly<Record<number, string>>} */
const closeWords = {
  1001: 'The server is being stopped. Press Start again in a moment.',
  1013: 'The connection is too slow for the audio.',
  4408: 'Nothing was heard for a while, so the connection was closed.',
}

export class Channel {
  #socket
  #handlers
  #segment = -1
  #problem = ''
  #ended = false

  /**
   * @param {URL} url
   * @param {Handlers} handlers
   */
  constructor(url, handlers) {
    this.#handlers = handlers
    this.#socket = new WebSocket(url)
    this.#socket.binaryType = 'arraybuffer'
    this.#socket.onmessage = ({ data }) => this.#receive(data)
    this.#socket.onclose = ({ code }) => this.#close(code)
  }

  /** @param {ArrayBuffer} pcm */
  sendAudio(pcm) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(pcm)
  }

  /** Lets the server finish what it has heard. */
  finish() {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ type: 'close' }))
    else this.#socket.close()
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    if (typeof data !== 'string') return this.#handlers.onAudio(data, this.#segment)
    const message = JSON.parse(data)
    if (message.type === 'audio_start') this.#segment = message.segment
    if (message.type === 'error' && message.segment === undefined) this.#problem = message.message
    this.#handlers.onMessage(message)
  }

  /** @param {number} code */
  #close(code) {
    if (this.#ended) return
    this.#ended = true
    const lost = 'The connection to the server was lost.'
    this.#handlers.onEnd(code === 1000 ? undefined : closeWords[code] || this.#problem || lost)
  }
}

/**
 * @param {{ src: string, tgt: string, rate: number, audio: boolean }} parameters
 * @returns {URL}
 */
export function channelUrl({ src, tgt, rate, audio }) {
  const url = new URL('ws', document.baseURI)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const parameters = { channelId: createId(), src, tgt, rate: String(rate), audio: audio ? '1' : '0' }
  url.search = String(new URLSearchParams(parameters))
  return url
}

/** `crypto.randomUUID` is missing where the page is not from localhost or HTTPS. */
function createId() {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/**
 * A browser hides why a WebSocket was refused. What the page asks for comes from
 * the server's own list and the name is new, so with a server that is ready only a lack of room is left.
 * @returns {Promise<string>}
 */
export async function whyRefused() {
  try {
    const response = await fetch(new URL('ready', document.baseURI))
    if (response.ok) return 'The server has no room for another conversation just now. Try again in a minute.'
    return (await response.json()).error.message
  } catch {
    return 'The server cannot be reached.'
  }
}
