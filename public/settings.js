// @ts-check
/** What the visitor has chosen, kept by the browser where it may. */

/**
 * @typedef {object} Settings
 * @property {string} source
 * @property {string} target
 * @property {Record<string, string>} voices by language; `off` for captions alone
 * @property {string} microphone
 * @property {number} volume 0 to 1
 * @property {boolean} pushToTalk
 * @property {boolean} halfDuplex
 */

const key = 'voxbridge'
/** @type {Settings} */
const defaults = {
  source: '',
  target: '',
  voices: {},
  microphone: '',
  volume: 1,
  pushToTalk: false,
  halfDuplex: false,
}

/** `?src=pt&tgt=en` in the address goes before what was chosen the last time. @returns {Settings} */
export function loadSettings() {
  const address = new URLSearchParams(location.search)
  const kept = { ...defaults, ...readKept() }
  return { ...kept, source: address.get('src') ?? kept.source, target: address.get('tgt') ?? kept.target }
}

/** @param {Settings} settings */
export function keepSettings(settings) {
  try {
    localStorage.setItem(key, JSON.stringify(settings))
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}

/** @returns {Partial<Settings>} */
function readKept() {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}')
  } catch {
    return {}
  }
}
