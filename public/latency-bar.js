// @ts-check
/** Where the time of the last answer went, as a bar of its parts and in words. */

/** @typedef {{ endpointMs: number, asrMs: number, mtMs: number, ttsMs: number, queueMs: number, firstAudioMs: number }} Latency */

/** @type {readonly (readonly [name: string, part: (latency: Latency) => number])[]} */
const parts = [
  ['pause', ({ endpointMs }) => endpointMs],
  ['recognition', ({ asrMs }) => asrMs],
  ['translation', ({ mtMs }) => mtMs],
  ['voice', ({ ttsMs }) => ttsMs],
  ['waiting', ({ queueMs }) => queueMs],
]

/**
 * @param {HTMLElement} root holds the places for the words, the bar and the parts
 * @param {Latency} latency of the server
 * @param {number | undefined} heardMs from the last word to the first sound in this page, where it is known
 */
export function showLatency(root, latency, heardMs) {
  const measured = parts.map(([name, part]) => ({ name, ms: part(latency) })).filter(({ ms }) => ms > 0)
  const way = heardMs === undefined ? 0 : heardMs - latency.firstAudioMs
  if (way > 0) measured.push({ name: 'network and player', ms: Math.round(way) })
  const total = measured.reduce((sum, { ms }) => sum + ms, 0)
  const [words, bar, list] = root.children
  if (!words || !bar || !list) return
  words.textContent = `Heard ${(total / 1000).toFixed(2)} s after you stopped`
  bar.replaceChildren(
    ...measured.map(({ ms }) => {
      const piece = document.createElement('i')
      piece.style.flexGrow = String(ms)
      return piece
    }),
  )
  list.textContent = measured.map(({ name, ms }) => `${name} ${ms} ms`).join(' · ')
  root.hidden = false
}
