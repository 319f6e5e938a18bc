// @ts-check
/** The page: binds what the visitor presses to the conversation, and the conversation to what is seen. */
import { captureMicrophone, captureRecording } from './capture.js'
import { ask } from './connection.js'
import { bindFiles, bindOptions, offerMicrophones } from './dialogs.js'
import { languageName, Languages } from './languages.js'
import { showLatency } from './latency-bar.js'
import { button, element, input, place, setText, wordsOf } from './page.js'
import { PairChoice } from './pair-choice.js'
import { Player } from './player.js'
import { held, watchHolding } from './push-to-talk.js'
import { keepSettings, loadSettings } from './settings.js'
import { showLevel, showLoad, showModels, showNotice, showProblem } from './status.js'
import { Talk } from './talk.js'
import { TranscriptView } from './transcript-view.js'
import { Transcript } from './transcript.js'

/** Languages of the recordings that come with the server. */
const samples = ['en', 'pt']
const serverRetryMs = 1000
/** Speech that waits for longer than this is told. */
const lateSeconds = 6

const settings = loadSettings()
/** @type {PairChoice | undefined} */
let pair
/** @type {Languages} */
let languages
/** The conversation that is going on. @type {Talk | undefined} */
let talk
/** @type {import('./talk.js').TalkState | 'loading' | 'idle'} */
let state = 'loading'

const view = new TranscriptView(
  {
    list: place('lines'),
    scroller: place('conversation'),
    template: element('line', HTMLTemplateElement),
    announcer: place('announcer'),
  },
  {
    replay: (line) => void replay(line),
    copy: ({ target: { text } }) => void navigator.clipboard.writeText(text),
  },
)

const transcript = new Transcript((line, removed) => {
  if (removed) view.remove(line)
  else view.show(line)
  document.body.classList.toggle('begun', transcript.lines.length > 0)
  button('open-files').disabled = transcript.lines.length === 0
})

const player = new Player({
  onClause: (clause, soundAt) => {
    transcript.sound(clause, soundAt)
    view.speak(clause)
    const { latency, heardMs } = clause.line
    if (latency) showLatency(place('latency'), latency, heardMs)
  },
  onChange: () => {
    if (!player.playing) view.speak(undefined)
    showState()
  },
})

/**
 * @param {PairChoice} pair
 * @param {{ isSample?: boolean }} [options] a recording is not muted by the options for microphones
 */
function beginTalk(pair, { isSample = false } = {}) {
  showProblem(undefined)
  performance.mark('voxbridge:start')
  talk = new Talk({
    settings: () => pair.channelSettings,
    transcript,
    player,
    isMuted: () => !isSample && ((settings.pushToTalk && !held) || (settings.halfDuplex && player.playing)),
    whyUnsupported: async () => (await Languages.fetch()).whyNot(pair.source, pair.target),
    onLevel: showLevel,
    onMessage: (message) => onMessage(message, pair),
    onProblem: showProblem,
    onState: (next, words) => {
      state = next
      showNotice(words)
      showState()
    },
    onEnd: (problem) => {
      talk = undefined
      state = 'idle'
      showLoad('normal')
      showLevel(0)
      if (problem) showProblem(problem)
      showState()
    },
  })
  return talk
}

/** @param {any} message of the protocol @param {PairChoice} pair */
function onMessage(message, pair) {
  switch (message.type) {
    case 'ready':
      showModels(message.models, pair.voice)
      showLoad(message.load.level)
      break
    case 'load':
      showLoad(message.level)
      break
    case 'transcript':
      pair.heard = message.language
      break
    case 'translation':
      view.announce(message)
      break
    case 'overrun':
      showProblem(`${(message.droppedMs / 1000).toFixed(1)} s of audio were lost: ${message.reason}.`)
      break
  }
}

/**
 * @param {Talk} begun
 * @param {import('./capture.js').OpenCapture} openCapture
 */
async function listen(begun, openCapture) {
  try {
    await begun.listen(openCapture)
  } catch (error) {
    begun.stop(wordsOf(error))
  }
}

const openMicrophone = (/** @type {import('./capture.js').OnFrame} */ onFrame) =>
  captureMicrophone(settings.microphone, onFrame)

async function record() {
  if (!pair || talk) return
  const begun = beginTalk(pair)
  // While the browser still asks for the microphone, no place is taken on the server.
  if (permission?.state === 'granted') begun.connect()
  showState()
  if (settings.pushToTalk) button('talk').focus()
  await listen(begun, openMicrophone)
  await offerMicrophones(settings)
}

async function playSample() {
  const language = sampleLanguage()
  if (!pair || !language || talk) return
  pair.choose(language, pair.target)
  const begun = beginTalk(pair, { isSample: true })
  begun.connect()
  const url = new URL(`samples/hello-${language}.wav`, document.baseURI)
  await listen(begun, (onFrame) => captureRecording(url, onFrame, () => begun.finish()))
}

const sampleLanguage = () =>
  pair &&
  [pair.source, ...samples].find((code) => samples.includes(code) && languages.has(code, pair?.target ?? ''))

/**
 * A text goes the way of HTTP to its translation, and that by `speak` to the voice.
 * @param {string} text
 * @param {PairChoice} pair
 */
async function translateTyped(text, pair) {
  const { typed: src, target: tgt, voice } = pair
  if (!src) return showProblem('Choose the language that you type in: only speech tells which it is.')
  const line = transcript.addTyped(text, src)
  try {
    const answer = await ask('translate', { text, src, tgt })
    transcript.setTranslation(line, answer.text, tgt)
    view.announce({ text: answer.text, language: tgt })
  } catch (error) {
    return transcript.failTyped(line, wordsOf(error))
  }
  if (!voice) return
  if (talk) return talk.send(transcript.speakMessage(line))
  const speaking = beginTalk(pair)
  speaking.connect()
  speaking.send(transcript.speakMessage(line))
  speaking.finish()
}

/** @param {import('./transcript.js').Line} line */
async function replay(line) {
  await player.open(transcript.sampleRate)
  pauseVoice(false)
  for (const clause of line.clauses) for (const pcm of clause.pieces) player.play(pcm, clause)
  player.endClause()
}

/** @param {boolean} paused */
function pauseVoice(paused) {
  player.paused = paused
  button('pause').ariaPressed = String(paused)
  showState()
}

function showState() {
  const loading = state === 'loading'
  document.body.dataset['state'] = state
  document.body.classList.toggle('talking', talk !== undefined)
  button('start').disabled = input('text').disabled = button('send').disabled = loading
  button('start').textContent = talk ? 'Stop' : 'Start Recording'
  button('talk').hidden = !(talk && settings.pushToTalk)
  button('sample').disabled = talk !== undefined || sampleLanguage() === undefined
  setText('state', stateWords())
  if (loading) return
  const words = { idle: 'Ready', starting: 'Connecting …', lost: 'Reconnecting …' }
  setText('connection', words[/** @type {'idle'} */ (state)] ?? 'Connected')
}

function stateWords() {
  const waiting = Math.round(player.queuedSeconds)
  if (player.paused && waiting > 0) return `The voice is paused, ${waiting} s wait`
  if (state === 'starting') return 'Starting …'
  if (state === 'lost') return 'Trying again …'
  if (talk?.isSlow) return 'The connection is slow: captions are late'
  if (player.playing) return waiting > lateSeconds ? `Speaking, ${waiting} s behind` : 'Speaking …'
  if (state === 'finishing') return 'Finishing what was said …'
  if (state !== 'listening') return ''
  if (settings.pushToTalk && !held) return 'Hold the space bar to talk'
  return `Listening for ${languageName(pair?.source ?? '')}`
}

async function waitForServer() {
  for (;;) {
    try {
      return await ask('ready')
    } catch (error) {
      setText('connection', wordsOf(error))
    }
    await new Promise((resolve) => setTimeout(resolve, serverRetryMs))
  }
}

button('start').addEventListener('click', () => (talk ? talk.finish() : void record()))
button('sample').addEventListener('click', () => void playSample())
button('pause').addEventListener('click', () => pauseVoice(!player.paused))
input('volume').value = String(settings.volume * 100)
player.volume = settings.volume
input('volume').addEventListener('input', () => {
  settings.volume = player.volume = input('volume').valueAsNumber / 100
  keepSettings(settings)
})
element('composer', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  const text = input('text').value.trim()
  input('text').value = ''
  if (text && pair) void translateTyped(text, pair)
})
bindFiles(transcript, () => ({ source: pair?.source ?? '', target: pair?.target ?? '' }))
bindOptions(settings, { onChange: showState, onMicrophone: () => talk && void listen(talk, openMicrophone) })
watchHolding(
  () => settings.pushToTalk && pair !== undefined,
  () => {
    if (held && !talk) void record()
    if (!held) talk?.send({ type: 'flush' })
    showState()
  },
)

const name = /** @type {PermissionName} */ ('microphone')
const permission = await navigator.permissions?.query({ name }).catch(() => undefined)
await waitForServer()
languages = await Languages.fetch()
state = 'idle'
const { source, target } = settings
pair = new PairChoice(languages, settings, () => {
  if (pair && talk) talk.configure(pair.channelSettings)
  showState()
})
showState()
if (source && target) showProblem(languages.whyNot(source, target))
await offerMicrophones(settings)
