// @ts-check
/** The microphone, or a recording in its place, as frames of PCM16 at 16 kHz. */

/**
 * @typedef {(pcm: ArrayBuffer, level: number) => void} OnFrame 20 ms of PCM16, and its root mean square from 0 to 1
 * @typedef {{ close: () => void }} Capture
 * @typedef {(onFrame: OnFrame) => Promise<Capture>} OpenCapture
 */

export const captureRateHz = 16000

/** Before and after a recording, so that its first word is not cut and its end is heard. */
const leadSeconds = 0.3
const tailMs = 1500

/** Why there is neither a microphone nor a voice here; undefined where there are both. */
export const whySilent = window.isSecureContext
  ? undefined
  : 'Browsers let a page hear and speak only from localhost or over HTTPS. Open this page in one of these ways; until then it translates what you type.'

/**
 * @param {string} deviceId empty for the browser's own choice
 * @param {OnFrame} onFrame
 * @param {() => void} onLost told when the microphone was unplugged or taken back
 * @returns {Promise<Capture>}
 * @throws Error with words that a person can act on
 */
export async function captureMicrophone(deviceId, onFrame, onLost) {
  if (whySilent) throw new Error(whySilent)
  const stream = await openStream(deviceId)
  const context = new AudioContext({ latencyHint: 'interactive' })
  const close = () => {
    for (const track of stream.getTracks()) track.stop()
    void context.close()
  }
  try {
    for (const track of stream.getTracks()) track.onended = onLost
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream })
    await connectFrames(context, source, onFrame)
    return { close }
  } catch (error) {
    close()
    throw error
  }
}

/**
 * Plays a recording aloud and captures it as if the microphone had heard it.
 * @param {URL} url of a WAV file
 * @param {OnFrame} onFrame
 * @param {() => void} onEnded told when it is over, and a pause after it
 * @returns {Promise<Capture>}
 * @throws Error with words that a person can act on
 */
export async function captureRecording(url, onFrame, onEnded) {
  const context = new AudioContext()
  let closed = false
  const close = () => {
    closed = true
    void context.close()
  }
  try {
    const response = await fetch(url)
    if (!response.ok) throw new Error('The server has no sample for this language.')
    const buffer = await context.decodeAudioData(await response.arrayBuffer())
    const mix = new GainNode(context)
    const silence = new ConstantSourceNode(context, { offset: 0 })
    const recording = new AudioBufferSourceNode(context, { buffer })
    silence.connect(mix)
    recording.connect(mix)
    recording.connect(context.destination)
    recording.onended = () => setTimeout(() => closed || onEnded(), tailMs)
    await connectFrames(context, mix, onFrame)
    silence.start()
    recording.start(context.currentTime + leadSeconds)
    return { close }
  } catch (error) {
    close()
    throw error
  }
}

/** @returns {Promise<MediaDeviceInfo[]>} without names before the microphone was allowed once */
export async function listMicrophones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? []
  return devices.filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== 'default')
}

/** @param {string} deviceId */
async function openStream(deviceId) {
  const wanted = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { ...wanted, deviceId } })
  } catch (error) {
    throw new Error(microphoneWords(error))
  }
}

/** @param {unknown} error */
function microphoneWords(error) {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError') {
    return 'The microphone was refused. Allow it in the browser, usually by the icon beside the address, and press Start Recording again.'
  }
  if (name === 'NotFoundError') return 'No microphone was found. Connect one and press Start Recording again.'
  if (name === 'NotReadableError') return 'The microphone is in use by another program.'
  return `The microphone cannot be opened (${error instanceof Error ? error.message : error}).`
}

/**
 * @param {AudioContext} context
 * @param {AudioNode} source
 * @param {OnFrame} onFrame
 */
async function connectFrames(context, source, onFrame) {
  await context.audioWorklet.addModule(new URL('capture-worklet.js', import.meta.url))
  const options = /** @type {const} */ ({ numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' })
  const node = new AudioWorkletNode(context, 'capture', options)
  node.port.onmessage = ({ data }) => onFrame(data.pcm, data.level)
  source.connect(node)
  await context.resume()
}
