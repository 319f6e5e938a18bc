// @ts-check
/**
 * One session with the server: protocol version 1. Where the line drops, another one is opened and the session goes
 * on, without a hole; only where the server knows it no more is it over.
 */
import { SentLog } from './sent-log.js'
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
 * @property {(words: string) => void} onDrop the line dropped; why, in a sentence
 * @property {(lost: boolean) => void} onBack the line is back; lost: not all could be fetched
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
/** What we say then; any code but those of a proper end lets the session wait for us. */
const droppedCode = 4000
/** A line that dropped has no code of its own. */
const lostCode = 1006
/** Of audio that is kept until it is sure to have arrived. */
const keptSeconds = 60
/** What has not arrived is sent again so much faster than it was said, so that the server is not flooded. */
const catchUpSpeed = 4
const catchUpMs = 20
const [firstRetryMs, lastRetryMs] = [250, 2000]

/** @type {Readonly<Record<number, string>>} */
const lostWords = {
  1001: 'The server is being restarted.',
  1011: 'The server failed.',
  1013: 'The connection is too slow for the audio.',
  4408: 'Nothing was heard for a while.',
  4409: 'This conversation goes on in another window.',
}
const lineLost = 'The connection to the server was lost.'
const refusedCodes = [1008, 1009, 4400, 4409]

export class Connection {
  #socket
  #handlers
  #rate
  /** The server's first word, once it has let us in. @type {any} */
  #session
  /** Whether what is said can be sent at once. */
  #live = false
  #sent
  /** What was received: the number of the last message, and the samples of speech. */
  #seq = 0
  #audioSamples = 0
  /** When the line dropped that is to be replaced. @type {number | undefined} */
  #droppedAt
  #attempts = 0
  /** How often the server was there and did not take us back. */
  #refusals = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
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
    this.#rate = rate
    this.#sent = new SentLog(keptSeconds * rate * 2)
    this.#socket = this.#open(channelUrl(settings, rate))
  }

  /** Whether the server has let us in. */
  get isReady() {
    return this.#session !== undefined
  }

  /** Whether audio piles up because the line is too slow for it. */
  get isSlow() {
    return this.#socket.bufferedAmount > slowBytes
  }

  /** @param {ArrayBuffer} pcm */
  sendAudio(pcm) {
    this.#send(pcm)
    if (!this.#live || this.#socket.bufferedAmount < deadBytes) return
    this.#socket.onclose = this.#socket.onmessage = null
    this.#socket.close(droppedCode)
    this.#drop(1013)
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
    clearTimeout(this.#timer)
    this.#socket.close(1000)
  }

  /** @param {URL} url */
  #open(url) {
    // A browser cannot set a header here; what it offers as a subprotocol is in no address and no log.
    const socket = new WebSocket(url, token ? ['voxbridge.v1', `token.${token}`] : [])
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => this.#receive(data)
    socket.onclose = ({ code }) => {
      if (code === lostCode) this.#drop(code)
      else this.#end(code)
    }
    return socket
  }

  /** @param {string | ArrayBuffer} data */
  #send(data) {
    if (this.#session) {
      this.#sent.push(data)
      if (this.#live) this.#sendAll()
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
    if (typeof data !== 'string') {
      this.#audioSamples += data.byteLength / 2
      return this.#handlers.onAudio(data)
    }
    const message = JSON.parse(data)
    this.#seq = message.seq
    if (message.type === 'ready' && this.#session) return this.#resume(message)
    if (message.type === 'ready') this.#begin(message)
    if (message.type === 'error' && message.segment === undefined) this.#problem = message.message
    this.#handlers.onMessage(message)
  }

  /** @param {any} ready */
  #begin(ready) {
    this.#session = ready
    this.#live = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const data of waiting) this.#send(data)
  }

  /**
   * The line has dropped: the session waits for us for a while.
   * @param {number} code that tells why, should we not come back
   */
  #drop(code) {
    const windowMs = this.#session?.limits?.resumeWindowMs ?? 0
    if (windowMs === 0) return this.#end(code)
    clearTimeout(this.#timer)
    this.#live = false
    if (this.#droppedAt === undefined) {
      this.#droppedAt = performance.now()
      this.#handlers.onDrop(lostWords[code] ?? lineLost)
      return this.#comeBack(firstRetryMs)
    }
    if (performance.now() > this.#droppedAt + windowMs) return this.#end(code)
    ask('health').then(
      () => {
        // The browser hides why it was refused; the network may have come back just now.
        if (++this.#refusals > 1) this.#end(code)
        else this.#comeBack(firstRetryMs)
      },
      () => this.#comeBack(Math.min(lastRetryMs, firstRetryMs * 2 ** ++this.#attempts)),
    )
  }

  /** @param {number} waitMs */
  #comeBack(waitMs) {
    if (this.#ended) return
    const url = new URL(this.#socket.url)
    const position = { lastSeq: String(this.#seq), audioSamples: String(this.#audioSamples) }
    const { sessionId } = this.#session
    url.search = String(new URLSearchParams({ sessionId, ...position }))
    this.#timer = setTimeout(() => (this.#socket = this.#open(url)), waitMs)
  }

  /** @param {any} ready */
  #resume({ received, resumed }) {
    this.#droppedAt = undefined
    this.#attempts = this.#refusals = 0
    this.#audioSamples = resumed.audioSamples
    this.#sent.rewind(received.messages)
    this.#handlers.onBack(resumed.lostMessages > 0)
    this.#catchUp()
  }

  /** Sends what has not arrived, little by little. */
  #catchUp() {
    let bytes = (catchUpMs / 1000) * catchUpSpeed * this.#rate * 2
    while (bytes > 0) {
      const item = this.#sent.take()
      if (item === undefined) return void (this.#live = true)
      this.#socket.send(item)
      if (typeof item !== 'string') bytes -= item.byteLength
    }
    this.#timer = setTimeout(() => this.#catchUp(), catchUpMs)
  }

  #sendAll() {
    for (let item = this.#sent.take(); item !== undefined; item = this.#sent.take()) this.#socket.send(item)
  }

  /** @param {number} code */
  #end(code) {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    const kind = code === 1000 ? 'done' : refusedCodes.includes(code) ? 'refused' : 'lost'
    const words = lostWords[code] || this.#problem || lineLost
    this.#handlers.onEnd({ wasReady: this.isReady, kind, words })
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
