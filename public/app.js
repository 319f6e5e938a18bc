// @ts-check
/** The page: binds what the visitor presses to the conversation, and the conversation to what is seen. */
import { captureMicrophone, captureRecording, whySilent } from './capture.js'
import { ask } from './connection.js'
import { bindFiles, bindOptions, offerMicrophones } from './dialogs.js'
import { Languages } from './languages.js'
import { showLatency } from './latency-bar.js'
import { button, copyText, element, input, place, setText, wordsOf } from './page.js'
import { PairChoice } from './pair-choice.js'
import { Player } from './player.js'
import { held, watchHolding } from './push-to-talk.js'
import { keepSettings, loadSettings } from './settings.js'
import { showLevel, showLoad, showModels, showNotice, showProblem, wordsFor } from './status.js'
import { Talk } from './talk.js'
import { TranscriptView } from './transcript-view.js'
import { Transcript } from './transcript.js'
import { TypedText } from './typed-text.js'

/** Languages of the recordings that come with the server. */
const samples = ['en', 'pt']
const serverRetryMs = 1000
/** For so long it says that something was copied. */
const copiedMs = 1500

const settings = loadSettings()
/** @type {PairChoice | undefined} */
let pair
/** @type {Languages} */
let languages
/** The conversation that is going on. @type {Talk | undefined} */
let talk
/** Whether a recording plays in place of the microphone. */
let isSample = false
/** @type {import('./status.js').Situation['state']} */
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
    copy: ({ target: { text } }) => void copy(text),
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
    if (player.queuedSeconds === 0) view.speak(undefined)
    showState()
  },
})

const typedText = new TypedText({
  transcript,
  current: () => talk,
  begin: beginTalk,
  onTranslation: (translation) => view.announce(translation),
})

/** Browsers let sound out only for somebody who has just pressed something. */
function openPlayer() {
  return player.open(transcript.sampleRate).catch((error) => showProblem(wordsOf(error)))
}

/** A recording is not muted by the options for microphones. */
const isMuted = () => !isSample && ((settings.pushToTalk && !held) || (settings.halfDuplex && player.audible))

/** @param {PairChoice} pair */
function beginTalk(pair) {
  showProblem(undefined)
  performance.mark('voxbridge:start')
  void openPlayer()
  talk = new Talk({
    settings: () => pair.channelSettings,
    transcript,
    player,
    isMuted,
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
      isSample = false
      state = 'idle'
      showLoad('normal')
      showLevel(0)
      if (problem) showProblem(problem)
      showState()
      typedText.onEnd(pair, problem === undefined)
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
  captureMicrophone(settings.microphone, onFrame, () => {
    talk?.finish()
    showProblem('The microphone is gone. Connect it, or choose another in the options, and start again.')
  })

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
  const begun = beginTalk(pair)
  isSample = true
  begun.connect()
  button('start').focus()
  const url = new URL(`samples/hello-${language}.wav`, document.baseURI)
  await listen(begun, (onFrame) => captureRecording(url, onFrame, () => begun.finish()))
}

const sampleLanguage = () =>
  pair && !whySilent
    ? [pair.source, ...samples].find(
        (code) => samples.includes(code) && languages.has(code, pair?.target ?? ''),
      )
    : undefined

/** @param {import('./transcript.js').Line} line */
async function replay(line) {
  await openPlayer()
  pauseVoice(false)
  if (!talk) player.clear()
  for (const clause of line.clauses) for (const pcm of clause.pieces) player.play(pcm, clause)
  player.endClause()
}

/** @param {string} text */
async function copy(text) {
  try {
    await copyText(text)
    view.announce({ text: 'Copied.', language: 'en' })
    setText('state', 'Copied.')
    setTimeout(showState, copiedMs)
  } catch (error) {
    showProblem(`It could not be copied. ${wordsOf(error)}`)
  }
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
  setText('start', talk ? 'Stop' : 'Start Recording')
  button('talk').hidden = !(talk && settings.pushToTalk)
  button('sample').disabled = talk !== undefined || sampleLanguage() === undefined
  const isSlow = talk?.isSlow ?? false
  const isReleased = settings.pushToTalk && !held && !isSample
  const source = pair?.source ?? ''
  setText('state', wordsFor({ state, player, isSlow, isMuted: isMuted(), isReleased, source }))
  if (loading) return
  const words = { idle: 'Ready', starting: 'Connecting …', lost: 'Reconnecting …' }
  setText('connection', words[/** @type {'idle'} */ (state)] ?? 'Connected')
}

/** @returns {Promise<Languages>} once the server is ready */
async function waitForServer() {
  for (;;) {
    try {
      await ask('ready')
      return await Languages.fetch()
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
  if (!text || !pair) return
  if (!pair.typed) {
    return showProblem('Choose the language that you type in: only speech tells which it is.')
  }
  input('text').value = ''
  void openPlayer()
  void typedText.translate(text, pair)
})
bindFiles(transcript, () => ({ source: pair?.source ?? '', target: pair?.target ?? '' }), copy)
bindOptions(settings, {
  onChange: showState,
  onMicrophone: () => {
    if (talk?.isListening && !isSample) void listen(talk, openMicrophone)
  },
})
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
languages = await waitForServer()
state = 'idle'
const { source, target } = settings
pair = new PairChoice(languages, settings, () => {
  if (pair && talk) talk.configure(pair.channelSettings)
  showState()
})
showState()
showProblem(whySilent ?? (source && target ? languages.whyNot(source, target) : undefined))
await offerMicrophones(settings)
