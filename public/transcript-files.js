// @ts-check
/** The conversation as files: plain text, SubRip, WebVTT, and the translated speech as WAV. */

/**
 * @typedef {import('./transcript.js').Line} Line
 * @typedef {'source' | 'target' | 'both'} Side
 */

/** A subtitle stays for as long at least. */
const leastCueMs = 1000
/** Between two lines of the speech. */
const gapMs = 400

/** By the ending of the file's name. @type {Readonly<Record<string, (lines: readonly Line[], side: Side) => string>>} */
export const textFormats = {
  txt: (lines, side) =>
    cues(lines, side)
      .map(({ texts }) => texts.join('\n') + '\n')
      .join(side === 'both' ? '\n' : ''),
  srt: (lines, side) =>
    cues(lines, side)
      .map(({ startMs, endMs, texts }, index) => {
        const time = `${timestamp(startMs, ',')} --> ${timestamp(endMs, ',')}`
        return `${index + 1}\n${time}\n${texts.join('\n')}\n`
      })
      .join('\n'),
  vtt: (lines, side) =>
    ['WEBVTT\n']
      .concat(
        cues(lines, side).map(({ startMs, endMs, texts }) => {
          const time = `${timestamp(startMs, '.')} --> ${timestamp(endMs, '.')}`
          return `${time}\n${texts.map(escapeMarkup).join('\n')}\n`
        }),
      )
      .join('\n'),
}

/**
 * @param {readonly Line[]} lines
 * @param {Side} side
 */
function cues(lines, side) {
  return lines
    .map(({ startMs, endMs, source, target }) => ({
      startMs,
      endMs: Math.max(endMs, startMs + leastCueMs),
      texts: { source: [source.text], target: [target.text], both: [source.text, target.text] }[side].filter(
        (text) => text !== '',
      ),
    }))
    .filter(({ texts }) => texts.length > 0)
    .sort((a, b) => a.startMs - b.startMs)
}

/**
 * @param {number} ms
 * @param {string} point
 */
function timestamp(ms, point) {
  return new Date(Math.round(ms)).toISOString().slice(11, 23).replace('.', point)
}

/** @param {string} text */
function escapeMarkup(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/**
 * @param {readonly Line[]} lines
 * @param {number} sampleRate
 * @returns {Blob} mono PCM16 of what was spoken, a short pause between the lines
 */
export function speechFile(lines, sampleRate) {
  const gap = new ArrayBuffer(Math.round((gapMs / 1000) * sampleRate) * 2)
  const spoken = lines
    .map(({ clauses }) => clauses.flatMap(({ pieces }) => pieces))
    .filter(({ length }) => length > 0)
  const pieces = spoken.flatMap((line, index) => (index === 0 ? line : [gap, ...line]))
  const bytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
  return new Blob([wavHeader(bytes, sampleRate), ...pieces], { type: 'audio/wav' })
}

/**
 * @param {number} bytes of the samples
 * @param {number} sampleRate
 */
function wavHeader(bytes, sampleRate) {
  const view = new DataView(new ArrayBuffer(44))
  const tag = (/** @type {number} */ at, /** @type {string} */ text) =>
    [...text].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)))
  tag(0, 'RIFF')
  view.setUint32(4, 36 + bytes, true)
  tag(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  tag(36, 'data')
  view.setUint32(40, bytes, true)
  return view
}

/**
 * Has the browser save a file.
 * @param {string} name
 * @param {Blob} blob
 */
export function saveFile(name, blob) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
