/**
 * hibari's signal processing as an ONNX graph. The network predicts five spectra and F0 for each frame of 12.5 ms;
 * this graph turns them into samples:
 *
 *     S = exp(lh) e^(i pi tanh(theta)) STFT(pulses(f0)) + exp(ln) noise + exp(lr) e^(i phi),  audio = ISTFT(S)
 *
 * (n_fft 1200, hop 300, periodic Hann window, 24 kHz; after `dsp.py` of hibari 0.2.1, Apache-2.0.)
 *
 * The Fourier transforms are products with matrices of cosines and sines. That sounds wasteful, but a matrix product
 * is what onnxruntime does best: three seconds of audio take 4 ms on one thread, a fast Fourier transform and the
 * exponentials in JavaScript about 25.
 */
import { GraphBuilder } from '../../../models/onnx/graph-builder.ts'

export const sampleRate = 24_000
export const bins = 601
const fftSamples = 1200
const hopSamples = 300
const hopsPerFrame = fftSamples / hopSamples
const half = fftSamples / 2
const unvoicedBelowHz = 40
const highestHarmonicHz = 11_000
const largestLogMagnitude = 7

const float64 = 11
const float32 = 1

/** Names that ONNX exports of PyTorch models never use. */
const scope = 'waveform'

/**
 * Inputs: `lh`, `theta`, `ln`, `lr`, `phi` [1, 601, frames] and `f0` [1, frames] as the network gives them, and
 * `noise` [rows, 1202], a table of standard normal values, one row (real parts, then imaginary parts) for each frame,
 * used again from its start where there are more frames than rows. Output: `audio` [samples].
 */
export function buildWaveformGraph(options: {
  readonly irVersion: number
  readonly opset: number
}): Uint8Array {
  const graph = new WaveformGraph()
  graph.build()
  return graph.finish(options)
}

interface Complex {
  readonly real: string
  readonly imaginary: string
}

class WaveformGraph {
  readonly #graph = new GraphBuilder(scope)

  finish(options: { readonly irVersion: number; readonly opset: number }): Uint8Array {
    return this.#graph.build(options)
  }

  build(): void {
    for (const name of ['lh', 'theta', 'ln', 'lr', 'phi']) this.#graph.input(name, 'float32', [1, bins, 'F'])
    this.#graph.input('f0', 'float32', [1, 'F'])
    this.#graph.input('noise', 'float32', ['rows', 2 * bins])
    const f0 = this.#node('Squeeze', [this.#edgePadded('f0'), this.#integers(0)])
    const harmonic = this.#multiply(
      this.#stft(this.#pulses(f0)),
      this.#polar(this.#magnitude('lh'), this.#scaled(this.#node('Tanh', [this.#rows('theta')]), Math.PI)),
    )
    const noise = this.#noise(this.#magnitude('ln'))
    const free = this.#polar(this.#magnitude('lr'), this.#rows('phi'))
    this.#istft({
      real: this.#node('Sum', [harmonic.real, noise.real, free.real]),
      imaginary: this.#node('Sum', [harmonic.imaginary, noise.imaginary, free.imaginary]),
    })
    this.#graph.output('audio', 'float32', ['samples'])
  }

  #node(
    opType: string,
    inputs: readonly string[],
    attributes: Record<string, number | readonly number[]> = {},
  ): string {
    const encoded = Object.entries(attributes).map(
      ([name, value]) => [name, typeof value === 'number' ? { int: value } : { ints: value }] as const,
    )
    return this.#graph.node(opType, inputs, {
      outputs: [this.#graph.unique(`${scope}/${opType}`)],
      attributes: Object.fromEntries(encoded),
    })
  }

  #scalar(value: number): string {
    return this.#graph.shared(`${scope}/${value}`, [], () => Float32Array.of(value))
  }

  #integers(...values: number[]): string {
    const name = `${scope}/[${values.join()}]`
    return this.#graph.shared(name, [values.length], () => BigInt64Array.from(values, BigInt))
  }

  #index(value: number): string {
    return this.#graph.shared(`${scope}/at ${value}`, [], () => BigInt64Array.of(BigInt(value)))
  }

  #matrix(
    name: string,
    rows: number,
    columns: number,
    element: (row: number, column: number) => number,
  ): string {
    const data = Float32Array.from({ length: rows * columns }, (_, index) =>
      element(Math.floor(index / columns), index % columns),
    )
    return this.#graph.constant(`${scope}/${name}`, [rows, columns], data)
  }

  #scaled(value: string, factor: number): string {
    return this.#node('Mul', [value, this.#scalar(factor)])
  }

  #slice(value: string, start: number, end: number, axis: number, step = 1): string {
    const bounds = [start, end, axis, step].map((bound) => this.#integers(bound))
    return this.#node('Slice', [value, ...bounds])
  }

  /** [1, bins, frames] as [frames, bins]. */
  #rows(name: string): string {
    return this.#node('Squeeze', [this.#node('Transpose', [name], { perm: [0, 2, 1] }), this.#integers(0)])
  }

  #magnitude(name: string): string {
    return this.#node('Exp', [this.#node('Min', [this.#rows(name), this.#scalar(largestLogMagnitude)])])
  }

  #polar(magnitude: string, angle: string): Complex {
    return {
      real: this.#node('Mul', [magnitude, this.#node('Cos', [angle])]),
      imaginary: this.#node('Mul', [magnitude, this.#node('Sin', [angle])]),
    }
  }

  #multiply(a: Complex, b: Complex): Complex {
    const product = (x: string, y: string): string => this.#node('Mul', [x, y])
    return {
      real: this.#node('Sub', [product(a.real, b.real), product(a.imaginary, b.imaginary)]),
      imaginary: this.#node('Add', [product(a.real, b.imaginary), product(a.imaginary, b.real)]),
    }
  }

  /** [1, frames] with its first and last value repeated: [1, frames + 2]. */
  #edgePadded(value: string): string {
    return this.#node('Concat', [this.#slice(value, 0, 1, 1), value, this.#slice(value, -1, 2 ** 31, 1)], {
      axis: 1,
    })
  }

  #noise(magnitude: string): Complex {
    const rowCount = (value: string): string =>
      this.#node('Gather', [this.#node('Shape', [value]), this.#index(0)])
    const frames = this.#node('Range', [this.#index(0), rowCount(magnitude), this.#index(1)])
    const index = this.#node('Mod', [frames, rowCount('noise')])
    const table = this.#node('Gather', ['noise', index], { axis: 0 })
    return {
      real: this.#node('Mul', [magnitude, this.#slice(table, 0, bins, 1)]),
      imaginary: this.#node('Mul', [magnitude, this.#slice(table, bins, 2 * bins, 1)]),
    }
  }

  /**
   * A pulse train without aliases: every harmonic below 11 kHz at unit amplitude,
   * sum over h <= H of cos(h t) = sin((H + 1/2) t) / (2 sin(t/2)) - 1/2. Unvoiced samples are 0.
   * @param paddedF0 [frames + 2]
   * @returns [frames * hop]
   */
  #pulses(paddedF0: string): string {
    const hz = this.#hzOfEverySample(paddedF0)
    const floor = this.#scalar(unvoicedBelowHz)
    const voicedHz = this.#node('Max', [hz, floor])
    const phase = this.#phase(voicedHz)
    const count = this.#node('Div', [this.#scalar(highestHarmonicHz), voicedHz])
    const order = this.#node('Add', [this.#node('Floor', [count]), this.#scalar(0.5)])
    const divisor = this.#scaled(this.#node('Sin', [this.#scaled(phase, 0.5)]), 2)
    const nearPulse = this.#node('LessOrEqual', [this.#node('Abs', [divisor]), this.#scalar(2e-3)])
    const quotient = this.#node('Div', [
      this.#node('Sin', [this.#node('Mul', [order, phase])]),
      this.#node('Where', [nearPulse, this.#scalar(1), divisor]),
    ])
    const pulse = this.#node('Sub', [this.#node('Where', [nearPulse, order, quotient]), this.#scalar(0.5)])
    return this.#node('Where', [this.#node('Greater', [hz, floor]), pulse, this.#scalar(0)])
  }

  /** F0 between the middles of the frames, on a straight line. */
  #hzOfEverySample(paddedF0: string): string {
    const neighbours = [
      this.#slice(paddedF0, 0, -2, 0),
      this.#slice(paddedF0, 1, -1, 0),
      this.#slice(paddedF0, 2, 2 ** 31, 0),
    ]
    const columns = neighbours.map((value) => this.#node('Unsqueeze', [value, this.#integers(1)]))
    const weights = this.#matrix('interpolation', 3, hopSamples, (neighbour, sample) => {
      const position = (sample + 0.5) / hopSamples - 0.5
      return Math.max(0, 1 - Math.abs(neighbour - 1 - position))
    })
    const frames = this.#node('MatMul', [this.#node('Concat', columns, { axis: 1 }), weights])
    return this.#node('Reshape', [frames, this.#integers(-1)])
  }

  /** The phase in [0, 2 pi), summed in double precision: seconds of float32 additions would drift audibly. */
  #phase(hz: string): string {
    const double = (value: string): string => this.#node('Cast', [value], { to: float64 })
    const cycles = this.#node('Div', [
      this.#node('CumSum', [double(hz), this.#index(0)]),
      double(this.#scalar(sampleRate)),
    ])
    const fraction = this.#node('Sub', [cycles, this.#node('Floor', [cycles])])
    return this.#scaled(this.#node('Cast', [fraction], { to: float32 }), 2 * Math.PI)
  }

  /**
   * Spectrum of every frame of the pulse train, mirrored at its ends. A frame x is folded about its middle, where the
   * window is symmetric: its even part x[600 + m] + x[600 - m] needs only cosines, its odd part only sines.
   */
  #stft(samples: string): Complex {
    const padded = this.#graph.node('Pad', [samples, this.#integers(half, half)], {
      outputs: [`${scope}/mirrored`],
      attributes: { mode: { string: 'reflect' } },
    })
    const frames = this.#framed(padded)
    const right = this.#slice(frames, half, fftSamples, 1)
    const left = this.#slice(frames, half, 0, 1, -1)
    const gain = 1 / (fftSamples / 4)
    const term = (m: number, bin: number, wave: (x: number) => number): number =>
      gain * hann(half + m) * sign(bin) * wave((2 * Math.PI * m * bin) / fftSamples)
    const cosines = this.#matrix(
      'stft-cosines',
      half,
      bins,
      (m, bin) => term(m, bin, Math.cos) / (m === 0 ? 2 : 1),
    )
    const sines = this.#matrix('stft-sines', half, bins, (m, bin) => -term(m, bin, Math.sin))
    return {
      real: this.#node('MatMul', [this.#node('Add', [right, left]), cosines]),
      imaginary: this.#node('MatMul', [this.#node('Sub', [right, left]), sines]),
    }
  }

  /** Overlapping frames of a padded signal: [(frames + 4) * hop] to [frames, n_fft]. */
  #framed(padded: string): string {
    const hops = this.#node('Reshape', [padded, this.#integers(-1, hopSamples)])
    const shifted = Array.from({ length: hopsPerFrame }, (_, hop) =>
      this.#slice(hops, hop, hop - hopsPerFrame, 0),
    )
    return this.#node('Concat', shifted, { axis: 1 })
  }

  /** The folding of `#stft` backwards: even and odd part, then the two halves of each frame. */
  #istft(spectrum: Complex): void {
    const term = (bin: number, m: number, wave: (x: number) => number): number =>
      (hann(half + m) / fftSamples) *
      (bin === 0 || bin === half ? 1 : 2) *
      sign(bin) *
      wave((2 * Math.PI * m * bin) / fftSamples)
    const cosines = this.#matrix('istft-cosines', bins, bins, (bin, m) => term(bin, m, Math.cos))
    const sines = this.#matrix('istft-sines', bins, bins, (bin, m) => -term(bin, m, Math.sin))
    const even = this.#node('MatMul', [spectrum.real, cosines])
    const odd = this.#node('MatMul', [spectrum.imaginary, sines])
    const left = this.#slice(this.#node('Sub', [even, odd]), half, 0, 1, -1)
    const right = this.#slice(this.#node('Add', [even, odd]), 0, half, 1)
    const frames = this.#node('Concat', [left, right], { axis: 1 })
    const windows = this.#graph.constant(
      `${scope}/squared-window`,
      [1, fftSamples],
      Float32Array.from({ length: fftSamples }, (_, n) => hann(n) ** 2),
    )
    const weights = this.#node('Expand', [windows, this.#node('Shape', [frames])])
    const samples = this.#node('Div', [this.#overlapAdded(frames), this.#overlapAdded(weights)])
    this.#graph.node('Reshape', [samples, this.#integers(-1)], { outputs: ['audio'] })
  }

  /** Sums frames where they overlap, less the half frame at each end: [frames, n_fft] to [frames, hop]. */
  #overlapAdded(frames: string): string {
    const shifted = Array.from({ length: hopsPerFrame }, (_, hop) => {
      const part = this.#slice(frames, hop * hopSamples, (hop + 1) * hopSamples, 1)
      return this.#node('Pad', [part, this.#integers(hop, 0, hopsPerFrame - 1 - hop, 0)])
    })
    const ends = hopsPerFrame / 2
    return this.#slice(this.#node('Sum', shifted), ends, 1 - ends, 0)
  }
}

/** Periodic Hann window. */
function hann(sample: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * sample) / fftSamples)
}

/** (-1)^bin: what moving the origin to the middle of the frame does to a spectrum. */
function sign(bin: number): number {
  return bin % 2 === 0 ? 1 : -1
}
