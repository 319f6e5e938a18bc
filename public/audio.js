// @ts-check
/** The microphone and the loudspeaker, by AudioWorklet. */

/** A reason that a person can act on. */
export class AudioProblem extends Error {}

/**
 * @typedef {object} Capture
 * @property {AudioContext} context
 * @property {number} sampleRate
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Player
 * @property {(pcm: ArrayBuffer, mark: number) => void} play
 * @property {() => Promise<void>} close
 *
 * @typedef {{ playing: boolean, played: number, lost: number, mark: number | undefined }} PlayerReport
 * @typedef {(pcm: ArrayBuffer, level: number) => void} OnFrame
 */

/** The highest rate that the protocol takes. */
const maxRate = 48000

/** @returns {Promise<MediaStream>} */
export async function openMicrophone() {
  if (!window.isSecureContext || !navigator.mediaDevices) {
    throw new AudioProblem(
      'The browser gives the microphone only to pages from localhost or over HTTPS. Open this page in one of these ways.',
    )
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    })
  } catch (error) {
    throw new AudioProblem(microphoneWords(error))
  }
}

/** @param {unknown} error */
function microphoneWords(error) {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError') {
    return 'The microphone was refused. Allow it in the browser, usually by the icon beside the address, and press Start again.'
  }
  if (name === 'NotFoundError') return 'No microphone was found. Connect one and press Start again.'
  if (name === 'NotReadableError') return 'The microphone is in use by another program.'
  return `The microphone cannot be opened (${error instanceof Error ? error.message : error}).`
}

/** @returns {AudioContext} at the rate of the device where the protocol takes it */
function createCaptureContext() {
  const context = new AudioContext()
  if (context.sampleRate <= maxRate) return context
  void context.close()
  return new AudioContext({ sampleRate: maxRate })
}

/**
 * @param {(context: AudioContext) => AudioNode} createSource
 * @param {OnFrame} onFrame
 * @returns {Promise<Capture>}
 */
async function capture(createSource, onFrame) {
  const context = createCaptureContext()
  await context.audioWorklet.addModule(new URL('capture-worklet.js', import.meta.url))
  const node = new AudioWorkletNode(context, 'capture', {
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
  })
  node.port.onmessage = ({ data }) => onFrame(data.pcm, data.level)
  createSource(context).connect(node)
  await context.resume()
  return {
    context,
    sampleRate: context.sampleRate,
    close: async () => {
      node.port.onmessage = null
      await context.close()
    },
  }
}

/**
 * @param {MediaStream} stream stopped by `close`
 * @param {OnFrame} onFrame
 * @returns {Promise<Capture>}
 */
export async function captureMicrophone(stream, onFrame) {
  const captured = await capture(
    (context) => new MediaStreamAudioSourceNode(context, { mediaStream: stream }),
    onFrame,
  )
  return {
    ...captured,
    close: async () => {
      for (const track of stream.getTracks()) track.stop()
      await captured.close()
    },
  }
}

/**
 * Plays a recording aloud and captures it as if the microphone had heard it, then silence.
 * @param {ArrayBuffer} wav
 * @param {OnFrame} onFrame
 * @param {() => void} onEnded told when the recording is over
 * @returns {Promise<Capture>}
 */
export async function captureRecording(wav, onFrame, onEnded) {
  const decoder = createCaptureContext()
  const buffer = await decoder.decodeAudioData(wav)
  await decoder.close()
  return capture((context) => {
    const mix = new GainNode(context)
    const silence = new ConstantSourceNode(context, { offset: 0 })
    const recording = new AudioBufferSourceNode(context, { buffer })
    silence.connect(mix)
    recording.connect(mix)
    recording.connect(context.destination)
    recording.onended = onEnded
    silence.start()
    recording.start(context.currentTime + 0.3)
    return mix
  }, onFrame)
}

/**
 * A context of its own at the rate of the speech: the browser then resamples it to the device.
 * @param {number} sampleRate
 * @param {(report: PlayerReport) => void} onReport
 * @returns {Promise<Player>}
 */
export async function createPlayer(sampleRate, onReport) {
  const context = new AudioContext({ sampleRate, latencyHint: 'interactive' })
  await context.audioWorklet.addModule(new URL('playback-worklet.js', import.meta.url))
  const node = new AudioWorkletNode(context, 'playback', { numberOfInputs: 0, outputChannelCount: [1] })
  node.port.onmessage = ({ data }) => onReport(data)
  node.connect(context.destination)
  await context.resume()
  return {
    play: (pcm, mark) => node.port.postMessage({ pcm, mark }, [pcm]),
    close: async () => {
      node.port.onmessage = null
      await context.close()
    },
  }
}
