/** One utterance and its translation, as they sound: two spectrograms on one time scale. */
import { scaleLinear } from 'd3-scale'
import type { Recording } from '../../src/cli/wav.ts'
import { bottomAxis, leftAxis } from './axes.ts'
import { renderSpectrogram } from './spectrogram.ts'
import { element, label, rect } from './svg.ts'
import { chartWidth, margin, muted, sheet } from './theme.ts'

export interface SpokenText {
  /** E.g. `Portuguese, said`. */
  readonly name: string
  readonly text: string
  readonly recording: Recording
  /** When it began, on the clock that both share. */
  readonly startMs: number
}

export interface UtteranceChart {
  readonly spoken: readonly SpokenText[]
  readonly subtitle: string
  readonly footer: string
}

const [left, right] = [margin + 44, chartWidth - margin - 12]
const panelHeight = 150
const rowHeight = panelHeight + 64
const highestHz = 8000
/** Pixels of the image for each of the drawing. */
const density = 1.5
const longestText = 100

export async function drawUtterance({ spoken, subtitle, footer }: UtteranceChart): Promise<string> {
  const lengthMs = Math.max(...spoken.map(({ startMs, recording }) => startMs + durationMs(recording)))
  const x = scaleLinear([0, lengthMs], [left, right])
  const bottom = spoken.length * rowHeight
  const rows = await Promise.all(spoken.map((text, index) => drawRow(text, x, index * rowHeight)))
  return sheet({ title: 'An utterance and its translation', subtitle, footer, height: bottom + 16 }, [
    ...rows.flat(),
    ...bottomAxis(
      { scale: x, ticks: x.ticks(8), format: (ms) => `${ms / 1000} s` },
      { from: bottom - 16, to: bottom - 12 },
    ),
  ])
}

async function drawRow(
  { name, text, recording, startMs }: SpokenText,
  x: (ms: number) => number,
  top: number,
): Promise<string[]> {
  const [from, to] = [x(startMs), x(startMs + durationMs(recording))]
  const panelTop = top + 44
  const image = await renderSpectrogram(recording, {
    widthPixels: Math.max(1, Math.round((to - from) * density)),
    heightPixels: Math.round(panelHeight * density),
    highestHz,
  })
  const y = scaleLinear([0, highestHz], [panelTop + panelHeight, panelTop])
  return [
    label(name, margin, top + 14, { 'font-weight': 600 }),
    label(shorten(text), margin, top + 30, { 'font-size': 12, fill: muted }),
    rect(left, panelTop, right - left, panelHeight, { fill: '#f4f6f8' }),
    ...leftAxis(
      {
        scale: y,
        ticks: [0, 2000, 4000, 6000, 8000],
        format: (hz) => (hz === highestHz ? '8 kHz' : `${hz / 1000}`),
      },
      { from: left, to: left + 1 },
    ),
    element('image', {
      href: `data:image/png;base64,${Buffer.from(image).toString('base64')}`,
      x: from,
      y: panelTop,
      width: to - from,
      height: panelHeight,
      preserveAspectRatio: 'none',
    }),
  ]
}

function durationMs({ pcm, sampleRate }: Recording): number {
  return (pcm.length * 1000) / sampleRate
}

function shorten(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1).trimEnd()}…`
}
