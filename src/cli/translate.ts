/** `npm run translate`: a recording in, captions and translated speech out, through a real server. */
import { randomUUID } from 'node:crypto'
import { readConfig } from '../config.ts'
import { toVoxbridgeError, VoxbridgeError } from '../errors.ts'
import { findOrStartServer, waitForServer } from './find-server.ts'
import { Microphone } from './microphone.ts'
import type { ServerMessage } from './server-messages.ts'
import { StreamClient } from './stream-client.ts'
import { help, parseTranslateOptions, UsageError, type TranslateOptions } from './translate-options.ts'
import { joinPcm } from '../pipeline/join-samples.ts'
import { readWav, writeWav, type Recording } from './wav.ts'

const fastSpeed = 4
/** The microphone stays on after the recording, so that the last utterance ends by its own pause. */
const tailMs = 1200
/** Errors of the person at the keyboard; all others are the server's. */
const usageCodes = new Set([
  'ERR_AUDIO_FORMAT',
  'ERR_BAD_REQUEST',
  'ERR_LANGUAGE',
  'ERR_LANGUAGE_PAIR',
  'ERR_VOICE',
  'ERR_CONFIG',
])

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** One line that changes on a terminal; elsewhere a line for each step, without its percentages. */
function progressPrinter(): { readonly show: (text: string) => void; readonly end: () => void } {
  const { stdout } = process
  let last = ''
  return {
    show(text) {
      if (stdout.isTTY) return void stdout.write(`\r\x1b[K${text}`)
      const step = text.replace(/[\d.,]+ ?%/g, '')
      if (step !== last) print(text)
      last = step
    },
    end: () => void (stdout.isTTY && stdout.write('\r\x1b[K')),
  }
}

function configuredUrl(): URL {
  const { doors, host, port } = readConfig()
  if (port === 0)
    throw new VoxbridgeError('ERR_CONFIG', 'with PORT=0 nobody knows where the server is: set a port')
  // A server that listens everywhere is reached at home.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return new URL(`${doors.tls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}/`)
}

function describe(message: ServerMessage): string | undefined {
  switch (message.type) {
    case 'ready':
      return `connected: ${message.src} to ${message.tgt}`
    case 'transcript':
      if (!message.final) return undefined
      return `\n${seconds(message.startMs)} to ${seconds(message.endMs)}\n  ${message.language}  ${message.text}`
    case 'translation':
      return `  ${message.language}  ${message.text}`
    case 'latency': {
      const { endpointMs, asrMs, mtMs, ttsMs, queueMs, firstAudioMs } = message
      const split = `pause ${endpointMs}, recognition ${asrMs}, translation ${mtMs}, voice ${ttsMs}, waiting ${queueMs}`
      return `      first audio ${firstAudioMs} ms after the end of speech (${split})`
    }
    case 'overrun':
      return `  !   ${message.droppedMs} ms of audio were lost: ${message.reason}`
    case 'error':
      return `  !   ${message.message} (${message.code})`
    case 'load':
    case 'speech_start':
    case 'speech_end':
    case 'audio_start':
    case 'audio_end':
    case 'closed':
      return undefined
  }
}

/** Says the recording into a channel and waits until everything was answered. */
async function converse(
  server: URL,
  recording: Recording,
  options: TranslateOptions,
  signal: AbortSignal,
): Promise<StreamClient> {
  const { src, tgt, voice, fast } = options
  const token = options.token ?? readConfig().doors.ownToken
  const client = await StreamClient.connect(
    server,
    {
      channelId: `cli-${randomUUID()}`,
      src,
      tgt,
      rate: recording.sampleRate,
      partials: false,
      ...(token !== undefined && { token }),
      ...(voice !== undefined && { voice }),
    },
    { signal },
  )
  const over = new AbortController()
  try {
    print(describe(client.ready) ?? '')
    client.on('message', ({ message }) => {
      const line = describe(message)
      if (line !== undefined) print(line)
    })
    client.on('dropped', () => print('  !   the connection was lost; trying to come back'))
    client.on('resumed', ({ lostMessages, lostAudioMs }) => {
      const lost =
        lostMessages > 0 ? `; ${lostMessages} messages and ${lostAudioMs} ms of speech are lost` : ''
      print(`  !   the connection is back${lost}`)
    })
    client.on('end', () => over.abort())
    const microphone = new Microphone({
      sampleRate: recording.sampleRate,
      send: (pcm) => client.sendAudio(pcm),
      speed: fast ? fastSpeed : 1,
    })
    const running = microphone.run({ signal: AbortSignal.any([signal, over.signal]) })
    const silence = new Int16Array((recording.sampleRate * tailMs) / 1000)
    await Promise.race([microphone.say(joinPcm([recording.pcm, silence])), running])
    over.abort()
    await client.finish({ signal })
    return client
  } finally {
    over.abort()
    client.terminate()
  }
}

async function translate(options: TranslateOptions, signal: AbortSignal): Promise<void> {
  const recording = await readWav(options.file)
  const find = options.url ? waitForServer : findOrStartServer
  const progress = progressPrinter()
  const server = await find(options.url ?? configuredUrl(), { onProgress: progress.show, signal })
  progress.end()
  try {
    const client = await converse(server.url, recording, options, signal)
    await report(client, recording, options)
  } finally {
    await server.close()
  }
}

async function report(client: StreamClient, recording: Recording, { out }: TranslateOptions): Promise<void> {
  const { sampleRate } = client.ready.output
  const speech = joinPcm(client.clauses.flatMap(({ pieces }) => pieces.map(({ pcm }) => pcm)))
  const utterances = client.all('transcript').filter(({ final }) => final).length
  const failures = client.all('error')
  const heard = seconds((recording.pcm.length / recording.sampleRate) * 1000)
  const spoken = seconds((speech.length / sampleRate) * 1000)
  if (out !== undefined && speech.length > 0) await writeWav(out, { pcm: speech, sampleRate })
  const written = out === undefined ? '' : speech.length > 0 ? `, written to ${out}` : '; nothing to write'
  print(
    `\n${utterances} utterance${utterances === 1 ? '' : 's'} in ${heard} of audio, ${spoken} of speech${written}`,
  )
  if (utterances === 0) throw new VoxbridgeError('ERR_ENGINE', 'no speech was found in the recording')
  if (failures.length > 0)
    throw new VoxbridgeError('ERR_ENGINE', `${failures.length} of them failed, see above`)
}

async function main(args: readonly string[]): Promise<number> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  process.once('SIGTERM', () => interrupted.abort())
  try {
    const options = parseTranslateOptions(args)
    if (options === 'help') print(help)
    else await translate(options, interrupted.signal)
    return 0
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      process.stderr.write(`${thrown.message}\nnpm run translate -- --help says more.\n`)
      return 2
    }
    const error = toVoxbridgeError(thrown)
    process.stderr.write(`${error.message}\n`)
    return usageCodes.has(error.code) ? 2 : 1
  }
}

process.exitCode = await main(process.argv.slice(2))
