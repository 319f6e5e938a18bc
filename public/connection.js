// @ts-check
/** One connection to the server: protocol version 1. */
import { askForToken, token } from './token.js'

/**
 * @typedef {object} Ending
 * @property {boolean} wasReady whether the server had let us in
 * @property {'done' | 'lost' | 'refused'} kind lost: it may work again; refused: it would not
 * @property {string} words why, in a sentence
 *
 * @typedef {object} ConnectionHandlers
 * @property {(message: any) => void} onMessage
 * @property {(pcm: ArrayBuffer) => void} onAudio
 * @property {(ending: Ending) => void} onEnd called once
 *
 * @typedef {{ src: string, tgt: string, voice: string, audio: boolean }} ChannelSettings
 */

/** What is said before the server is ready is kept for so long; the rest is given up, the oldest first. */
const maxWaitingFrames = 250
/** Unsent audio, in bytes, from which on the line is called slow: a second. */
const slowBytes = 32000
/** From here on it is called dead, long before the browser finds out: ten seconds. */
const deadBytes = 320_000

/** @type {Readonly<Record<number, string>>} */
const lostWords = {
  1001: 'The server is being restarted.',
  1011: 'The server failed.',
  1013: 'The connection is too slow for the audio.',
  4408: 'Nothing was heard for a while.',
}
const refusedCodes = [1008, 1009, 4400]

export class Connection {
  #socket
  #handlers
  #ready = false
  #ended = false
  #hasAudio = false
  #problem = ''
  /** @type {(string | ArrayBuffer)[]} */
  #waiting = []

  /**
   * @param {ChannelSettings} settings
   * @param {number} rate of the audio that will be sent
   * @param {ConnectionHandlers} handlers
   */
  constructor(settings, rate, handlers) {
    this.#handlers = handlers
    // A browser cannot set a header here; what it offers as a subprotocol is in no address and no log.
    this.#socket = new WebSocket(channelUrl(settings, rate), token ? ['voxbridge.v1', `token.${token}`] : [])
    this.#socket.binaryType = 'arraybuffer'
    this.#socket.onmessage = ({ data }) => this.#receive(data)
    this.#socket.onclose = ({ code }) => this.#end(code)
  }

  /** Whether the server has let us in. */
  get isReady() {
    return this.#ready
  }

  /** Whether audio piles up because the line is too slow for it. */
  get isSlow() {
    return this.#socket.bufferedAmount > slowBytes
  }

  /** @param {ArrayBuffer} pcm */
  sendAudio(pcm) {
    this.#send(pcm)
    if (this.#socket.bufferedAmount < deadBytes) return
    this.#socket.close()
    this.#end(1013)
  }

  /** @param {object} message */
  send(message) {
    this.#send(JSON.stringify(message))
  }

  /** Lets the server finish what it has heard. */
  finish() {
    this.send({ type: 'close' })
  }

  /** Ends it now; `onEnd` is not called. */
  abort() {
    this.#ended = true
    this.#socket.close()
  }

  /** @param {string | ArrayBuffer} data */
  #send(data) {
    if (this.#ready) {
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data)
      if (typeof data !== 'string' && !this.#hasAudio) performance.mark('voxbridge:first-frame')
      this.#hasAudio ||= typeof data !== 'string'
      return
    }
    this.#waiting.push(data)
    if (this.#waiting.length <= maxWaitingFrames) return
    const oldest = this.#waiting.findIndex((item) => typeof item !== 'string')
    if (oldest >= 0) this.#waiting.splice(oldest, 1)
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    if (this.#ended) return
    if (typeof data !== 'string') return this.#handlers.onAudio(data)
    const message = JSON.parse(data)
    if (message.type === 'ready') this.#open()
    if (message.type === 'error' && message.segment === undefined) this.#problem = message.message
    this.#handlers.onMessage(message)
  }

  #open() {
    this.#ready = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const data of waiting) this.#send(data)
  }

  /** @param {number} code */
  #end(code) {
    if (this.#ended) return
    this.#ended = true
    const kind = code === 1000 ? 'done' : refusedCodes.includes(code) ? 'refused' : 'lost'
    const words = lostWords[code] || this.#problem || 'The connection to the server was lost.'
    this.#handlers.onEnd({ wasReady: this.#ready, kind, words })
  }
}

/**
 * @param {ChannelSettings} settings
 * @param {number} rate
 */
function channelUrl({ src, tgt, voice, audio }, rate) {
  const url = new URL('ws', document.baseURI)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const parameters = { channelId: createId(), src, tgt, rate: String(rate), audio: audio ? '1' : '0' }
  url.search = String(new URLSearchParams({ ...parameters, ...(voice && { voice }) }))
  return url
}

/** `crypto.randomUUID` is missing where the page is not from localhost or HTTPS. */
function createId() {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/**
 * Where the server asks for a token, so does the page.
 * @param {string} path
 * @param {object} [body] sent with POST
 * @returns {Promise<any>}
 * @throws Error with the server's own words
 */
export async function ask(path, body) {
  for (;;) {
    const response = await request(path, body)
    const answer = await response.json().catch(() => ({}))
    if (response.ok) return answer
    const words = answer.error?.message ?? `The server answered ${response.status}.`
    if (response.status !== 401) throw new Error(words)
    await askForToken(words)
  }
}

/**
 * @param {string} path
 * @param {object} [body]
 */
function request(path, body) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const options = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
  return fetch(new URL(path, document.baseURI), options).catch(() => {
    throw new Error('The server cannot be reached.')
  })
}

/**
 * A browser hides why a WebSocket was refused. Where the server is ready and the pair is offered, it is full.
 * @param {() => Promise<string | undefined>} whyUnsupported
 * @returns {Promise<{ retry: boolean, words: string }>}
 */
export async function whyRefused(whyUnsupported) {
  const before = token
  try {
    await ask('ready')
    const unsupported = await whyUnsupported()
    if (token !== before) return { retry: true, words: 'Start again with the new token.' }
    if (unsupported) return { retry: false, words: unsupported }
    return {
      retry: true,
      words: 'The server has no room for another conversation just now. Try again in a minute.',
    }
  } catch (error) {
    return { retry: true, words: error instanceof Error ? error.message : String(error) }
  }
}
