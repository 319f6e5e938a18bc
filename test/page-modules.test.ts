/** Modules of the page that work without a browser. */
import t from 'tap'

/** @returns a module of the page; its types are checked with the page. */
async function load<Module>(name: string): Promise<Module> {
  return (await import(new URL(`../public/${name}`, import.meta.url).href)) as Module
}

interface ResamplerModule {
  readonly Resampler: new (
    fromHz: number,
    toHz: number,
  ) => { process(input: Float32Array, take: (sample: number) => void): void }
}
interface FilesModule {
  readonly textFormats: Readonly<Record<string, (lines: readonly object[], side: string) => string>>
}
interface Processor {
  readonly port: { onmessage: (event: { data: object }) => void; postMessage: (message: object) => void }
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean
}

t.test('the resampler keeps speech and lets nothing fold back', async (t) => {
  const { Resampler } = await load<ResamplerModule>('resampler.js')

  /** @returns the root mean square of a sine after it, in decibels of the sine's own. */
  function gainDb(fromHz: number, frequencyHz: number): number {
    const resampler = new Resampler(fromHz, 16000)
    const output: number[] = []
    for (let start = 0; start < fromHz; start += 128) {
      const block = Float32Array.from({ length: 128 }, (_, index) =>
        Math.sin((2 * Math.PI * frequencyHz * (start + index)) / fromHz),
      )
      resampler.process(block, (sample) => output.push(sample))
    }
    t.ok(Math.abs(output.length - 16000) < 100, `${output.length} samples a second`)
    const settled = output.slice(1000, 15000)
    const power = settled.reduce((sum, sample) => sum + sample ** 2, 0) / settled.length
    return 10 * Math.log10(2 * power + 1e-20)
  }

  for (const rateHz of [8000, 16000, 22050, 44100, 48000, 96000]) {
    t.test(`from ${rateHz} Hz`, async (t) => {
      for (const frequencyHz of [200, 1000, 3000]) {
        t.ok(Math.abs(gainDb(rateHz, frequencyHz)) < 0.05, `${frequencyHz} Hz stays`)
      }
      if (rateHz < 44100) return
      t.ok(Math.abs(gainDb(rateHz, 6400)) < 0.1, '6400 Hz stays')
      for (const frequencyHz of [8300, 12000, 20000]) {
        t.ok(gainDb(rateHz, frequencyHz) < -70, `${frequencyHz} Hz is gone`)
      }
    })
  }
})

t.test('the playback worklet', async (t) => {
  const rateHz = 24000
  const blockSamples = 128
  let Playback: (new () => Processor) | undefined
  Object.assign(globalThis, {
    sampleRate: rateHz,
    currentTime: 0,
    AudioWorkletProcessor: class {
      port = { onmessage: undefined, postMessage: () => undefined }
    },
    registerProcessor: (_name: string, processor: new () => Processor) => (Playback = processor),
  })
  await load('playback-worklet.js')

  function start() {
    if (!Playback) throw new Error('no processor was registered')
    const processor = new Playback()
    const reports: { readonly played: number; readonly underruns: number; readonly mark?: number }[] = []
    processor.port.postMessage = (report) => reports.push(report as (typeof reports)[0])
    const send = (data: object) => processor.port.onmessage({ data })
    return {
      reports,
      send,
      /** Loud samples, which click wherever they begin or end at once. */
      write: (samples: number, mark: number) =>
        send({ pcm: new Int16Array(samples).fill(16384).buffer, mark }),
      render: (blocks: number): number[] =>
        Array.from({ length: blocks }, () => {
          const channel = new Float32Array(blockSamples)
          processor.process([], [[channel]])
          return [...channel]
        }).flat(),
    }
  }
  /** @returns the largest step from one sample to the next. */
  const largestStep = (samples: readonly number[]): number =>
    Math.max(...samples.map((sample, index) => Math.abs(sample - (samples[index - 1] ?? 0))))
  const smoothStep = 0.5 / (rateHz * 0.005) + 1e-6

  t.test('fades in and out, and tells where it is', async (t) => {
    const { reports, render, send, write } = start()
    write(4800, 0)
    write(4800, 1)
    send({ end: true })
    const samples = render(100)
    t.ok(largestStep(samples) <= smoothStep)
    t.equal(Math.max(...samples), 0.5)
    t.same(
      reports.filter(({ mark }) => mark !== undefined).map(({ mark }) => mark),
      [0, 1],
    )
    t.match(reports.at(-1), { played: 9600, underruns: 0 })
  })

  t.test('waits for a little before it begins, and longer after it ran dry', async (t) => {
    const { reports, render, send, write } = start()
    write(480, 0)
    t.equal(Math.max(...render(6)), 0, 'half of the margin is not enough')
    write(480, 0)
    t.ok(Math.max(...render(8)) > 0.4)
    t.equal(reports.at(-1)?.underruns, 1)
    write(960, 0)
    t.equal(Math.max(...render(6)), 0)
    send({ end: true })
    t.ok(Math.max(...render(6)) > 0.4, 'a clause that is complete does not wait')
  })

  t.test('pauses, goes on and is cleared without a click', async (t) => {
    const { reports, render, send, write } = start()
    write(24000, 0)
    send({ end: true })
    const samples = render(20)
    send({ paused: true })
    samples.push(...render(20))
    t.equal(samples.at(-1), 0)
    send({ paused: false })
    samples.push(...render(20))
    t.equal(samples.at(-1), 0.5)
    send({ clear: true })
    write(2400, 7)
    send({ end: true })
    samples.push(...render(60))
    t.ok(largestStep(samples) <= smoothStep)
    t.match(reports.at(-1), { played: 26400 })
    t.same(reports.filter(({ mark }) => mark === 7).length, 1)
  })
})

t.test('the files of a conversation', async (t) => {
  const { textFormats } = await load<FilesModule>('transcript-files.js')
  const line = (startMs: number, endMs: number, source: string, target: string) => ({
    startMs,
    endMs,
    source: { text: source },
    target: { text: target },
  })
  const lines = [line(61_500, 62_000, 'Later.', ''), line(1234.4, 3_000, 'A <b> & c.', 'Um <b> e c.')]
  t.equal(textFormats['txt']?.(lines, 'source'), 'A <b> & c.\nLater.\n')
  t.equal(textFormats['txt']?.(lines, 'both'), 'A <b> & c.\nUm <b> e c.\n\nLater.\n')
  t.equal(textFormats['srt']?.(lines, 'target'), '1\n00:00:01,234 --> 00:00:03,000\nUm <b> e c.\n')
  t.equal(
    textFormats['vtt']?.(lines, 'source'),
    'WEBVTT\n\n00:00:01.234 --> 00:00:03.000\nA &lt;b&gt; &amp; c.\n\n00:01:01.500 --> 00:01:02.500\nLater.\n',
  )
})
