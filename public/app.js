// @ts-check
/** The page: pickers, Start and Stop, captions, and speech in both directions. */
import { AudioProblem, captureMicrophone, captureRecording, createPlayer, openMicrophone } from './audio.js'
import { Captions } from './captions.js'
import { Channel, channelUrl, whyRefused } from './channel.js'
import { fetchLanguages, languageName, LanguagePickers } from './languages.js'

/**
 * @typedef {import('./audio.js').Capture} Capture
 * @typedef {import('./audio.js').Player} Player
 * @typedef {import('./audio.js').PlayerReport} PlayerReport
 * @typedef {(onFrame: import('./audio.js').OnFrame) => Promise<Capture>} OpenCapture
 */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
function element(id, kind) {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`)
  return found
}

const startButton = element('start', HTMLButtonElement)
const sampleButton = element('sample', HTMLButtonElement)
const state = element('state', HTMLElement)
const stateWords = element('words', HTMLElement)
const level = element('level', HTMLElement)
const problem = element('problem', HTMLElement)
const hint = element('hint', HTMLElement)
const captions = new Captions(element('captions', HTMLElement))
const pickers = new LanguagePickers(
  element('source', HTMLSelectElement),
  element('target', HTMLSelectElement),
  element('swap', HTMLButtonElement),
  () => showPair(),
)

/** What the sample says, where the server has a voice for the language. @type {Readonly<Record<string, string>>} */
const samples = {
  en: 'Good morning! Could you tell me where the train station is?',
  pt: 'Bom dia! Você pode me dizer onde fica a estação de trem?',
}
/** Silence after the sample, long enough for the server to hear that it is over. */
const sampleTailMs = 1200
const retryMs = 1000

/** The conversation that is going on. @type {Conversation | undefined} */
let current

/**
 * @param {'loading' | 'idle' | 'starting' | 'listening' | 'speaking' | 'finishing'} name
 * @param {string} words
 */
function show(name, words) {
  state.dataset['state'] = name
  // A screen reader says the line each time it is written.
  if (stateWords.textContent !== words) stateWords.textContent = words
}

/** @param {string | undefined} words */
function showProblem(words) {
  problem.textContent = words ?? ''
  problem.hidden = words === undefined
}

function showPair() {
  element('source-name', HTMLElement).textContent = languageName(pickers.source)
  element('target-name', HTMLElement).textContent = languageName(pickers.target)
  sampleButton.disabled = current !== undefined || !(pickers.sourceIsSpoken && pickers.source in samples)
}

function showIdle() {
  startButton.textContent = 'Start'
  startButton.disabled = false
  pickers.enable(true)
  showPair()
  level.style.setProperty('--size', '0')
  show('idle', 'Ready.')
}

/** From Start to the last word of the answer. */
class Conversation {
  #over = false
  #opened = false
  /** Samples given to the player, and those that it has played or lost. */
  #queued = 0
  #played = 0
  /** @type {Capture | undefined} */
  #capture
  /** @type {Promise<Player> | undefined} */
  #player
  /** @type {Channel | undefined} */
  #channel
  /** Set when the server has said everything, and only its speech is still to be played. */
  #closed = false

  /** @param {OpenCapture} openCapture */
  async start(openCapture) {
    const capture = await openCapture((pcm, loudness) => {
      level.style.setProperty('--size', String(Math.min(1, loudness * 6)))
      if (this.#opened) this.#channel?.sendAudio(pcm)
    })
    this.#capture = capture
    if (this.#over) return capture.close()
    const { source: src, target: tgt, targetIsSpoken: audio } = pickers
    const url = channelUrl({ src, tgt, rate: capture.sampleRate, audio })
    captions.startConversation()
    this.#channel = new Channel(url, {
      onMessage: (message) => this.#receive(message),
      onAudio: (pcm, segment) => this.#play(pcm, segment),
      onEnd: (words) => void this.#end(words),
    })
  }

  /** No more is heard; what was heard is answered still. */
  finish() {
    void this.#capture?.close()
    this.#capture = undefined
    if (!this.#channel) return void this.stop()
    show('finishing', 'Finishing what was said …')
    this.#channel.finish()
  }

  async stop() {
    if (this.#over) return
    this.#over = true
    await this.#capture?.close()
    await (await this.#player)?.close()
    captions.markSpoken(undefined)
    current = undefined
    showIdle()
  }

  /** @param {any} message of the protocol */
  #receive(message) {
    switch (message.type) {
      case 'ready':
        this.#opened = true
        this.#player = createPlayer(message.output.sampleRate, (report) => this.#onPlayed(report))
        this.#showListening()
        break
      case 'transcript':
        captions.setSource(message)
        break
      case 'translation':
        captions.addTranslation(message)
        break
      case 'latency':
        captions.setNote(
          message.segment,
          `spoken ${(message.firstAudioMs / 1000).toFixed(1)} s after you stopped`,
        )
        break
      case 'overrun':
        showProblem(`The server cannot keep up: ${(message.droppedMs / 1000).toFixed(1)} s were lost.`)
        break
      case 'error':
        if (message.segment === undefined) showProblem(message.message)
        else captions.setNote(message.segment, message.message, { bad: true })
        break
    }
  }

  /**
   * @param {ArrayBuffer} pcm
   * @param {number} segment
   */
  #play(pcm, segment) {
    this.#queued += pcm.byteLength / 2
    void this.#player?.then((player) => player.play(pcm, segment))
  }

  /** @param {PlayerReport} report */
  #onPlayed({ played, lost, mark }) {
    this.#played = played + lost
    document.body.dataset['playedSamples'] = String(played)
    if (mark !== undefined) captions.markSpoken(mark)
    if (!this.#playing) captions.markSpoken(undefined)
    if (this.#closed && !this.#playing) void this.stop()
    else if (this.#capture) this.#showListening()
  }

  get #playing() {
    return this.#played < this.#queued
  }

  get #captionsOnly() {
    return pickers.targetIsSpoken
      ? ''
      : ` (captions only: there is no voice for ${languageName(pickers.target)})`
  }

  #showListening() {
    if (this.#playing) show('speaking', `Speaking ${languageName(pickers.target)} …`)
    else show('listening', `Listening for ${languageName(pickers.source)} …${this.#captionsOnly}`)
  }

  /** @param {string | undefined} words */
  async #end(words) {
    this.#closed = true
    if (words !== undefined) {
      showProblem(this.#opened ? words : await whyRefused())
      return this.stop()
    }
    if (!this.#playing) await this.stop()
  }
}

/** @param {OpenCapture} openCapture */
async function begin(openCapture) {
  const conversation = new Conversation()
  current = conversation
  showProblem(undefined)
  hint.hidden = true
  pickers.enable(false)
  sampleButton.disabled = true
  startButton.textContent = 'Stop'
  show('starting', 'Starting …')
  try {
    await conversation.start(openCapture)
  } catch (error) {
    showProblem(error instanceof AudioProblem ? error.message : `That did not work: ${error}`)
    await conversation.stop()
  }
}

/** @returns the sample of the source language as WAV, said by the server's own voice */
async function speakSample() {
  const response = await fetch(new URL('speak', document.baseURI), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: samples[pickers.source], language: pickers.source }),
  })
  if (!response.ok) throw new AudioProblem((await response.json()).error.message)
  return response.arrayBuffer()
}

element('controls', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  if (current) return current.finish()
  void begin(async (onFrame) => captureMicrophone(await openMicrophone(), onFrame))
})

sampleButton.addEventListener('click', () => {
  const onEnded = () => void setTimeout(() => current?.finish(), sampleTailMs)
  void begin(async (onFrame) => captureRecording(await speakSample(), onFrame, onEnded))
})

async function waitForServer() {
  for (;;) {
    try {
      const response = await fetch(new URL('ready', document.baseURI))
      if (response.ok) return
      show('loading', `The server is getting ready: ${(await response.json()).error?.message ?? ''}`)
    } catch {
      show('loading', 'The server cannot be reached. Trying again …')
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs))
  }
}

await waitForServer()
pickers.offer(await fetchLanguages())
showIdle()
