// @ts-check
/** What the visitor is told: what went wrong, how busy the server is, which models are at work, how loud it is. */
import { languageName } from './languages.js'
import { button, place, setText } from './page.js'

/** @type {Readonly<Record<string, string>>} */
const loadWords = {
  'partials-slower': 'The server is busy: captions come more slowly while you speak.',
  'partials-off': 'The server is very busy: captions come when you pause.',
  full: 'The server is full: captions come when you pause, and nobody else is let in.',
}
let loadNotice = ''
/** Speech that waits for longer than this is told, in steps of this. */
const lateSeconds = 5

/** @param {string | undefined} words stay until they are dismissed */
export function showProblem(words) {
  place('problem').hidden = words === undefined
  setText('problem-words', words ?? '')
}

/** @param {string | undefined} words of the moment; without, those on the load of the server are shown */
export function showNotice(words) {
  const shown = words ?? loadNotice
  place('notice').hidden = shown === ''
  setText('notice', shown)
}

/** @param {string} level as the server tells it */
export function showLoad(level) {
  loadNotice = loadWords[level] ?? ''
  showNotice(undefined)
}

/** @param {{ recognizer: string, translators: string[] }} models @param {string} voice */
export function showModels({ recognizer, translators }, voice) {
  setText('models', [recognizer, ...translators, voice].filter(Boolean).join(' · '))
}

/**
 * @typedef {object} Situation
 * @property {import('./talk.js').TalkState | 'loading' | 'idle'} state
 * @property {import('./player.js').Player} player
 * @property {boolean} isSlow whether audio waits for the line
 * @property {boolean} isMuted while the voice speaks
 * @property {boolean} isReleased whether push to talk is on, and nothing held
 * @property {string} source code of the language
 */

/** @param {Situation} situation @returns what goes on, in words */
export function wordsFor({ state, player, isSlow, isMuted, isReleased, source }) {
  const waiting = Math.floor(player.queuedSeconds / lateSeconds) * lateSeconds
  if (player.paused && player.queuedSeconds > 0) {
    return waiting > 0 ? `The voice is paused, ${waiting} s wait` : 'The voice is paused'
  }
  if (state === 'starting') return 'Starting …'
  if (state === 'lost') return 'Trying again …'
  if (isSlow) return 'The connection is slow: captions are late'
  if (player.playing && waiting > 0) return `Speaking, ${waiting} s behind`
  if (player.playing) return isMuted ? 'Speaking, you are muted' : 'Speaking …'
  if (state === 'finishing') return 'Finishing what was said …'
  if (state !== 'listening') return ''
  return isReleased ? 'Hold the space bar to talk' : `Listening for ${languageName(source)}`
}

/** @param {number} level root mean square, 0 to 1; shown from -55 to -10 dB */
export function showLevel(level) {
  const loudness = Math.max(0, Math.min(1, (20 * Math.log10(level + 1e-6) + 55) / 45))
  place('level').style.setProperty('--level', loudness.toFixed(2))
}

button('dismiss').addEventListener('click', () => {
  showProblem(undefined)
  button('start').focus()
})
