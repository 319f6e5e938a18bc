/** The only reader of the environment: every setting of the program, parsed, checked and frozen. */
import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { type DoorConfig, doorConfig, doorVariables } from './config-doors.ts'
import { choice, flag, integer, path, text, threads, type Variable } from './config-values.ts'
import { availableCores } from './cores.ts'
import { VoxbridgeError } from './errors.ts'
import type { HubAccess } from './models/hub/access.ts'
import { defaultSegmentOptions } from './stages/segment/options.ts'

const modelName = /^[a-z0-9][a-z0-9._-]{0,63}$/
/** A name of ours, or of a repository. */
const modelId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?$/
const gpuUse = new Map<string, 'auto' | 'true' | 'false'>([
  ['auto', 'auto'],
  ['true', 'true'],
  ['1', 'true'],
  ['false', 'false'],
  ['0', 'false'],
])
const manyCores = (): number => Math.min(4, availableCores())

/** One table for the parser, for `--help` and for `.env.example`. */
const variables = {
  HOST: text(
    '127.0.0.1',
    'Address to listen on. 0.0.0.0 lets other machines in; then tokens are asked for, see AUTH.',
    'an IP address or a host name',
    (text) => (/^[A-Za-z0-9.:_-]{1,253}$/.test(text) ? text : undefined),
  ),
  PORT: integer(8000, 'Port to listen on; 0 takes any free one.', 0, 65535),
  ...doorVariables,
  MODELS_DIR: path(
    'Folder of the models. Empty: voxbridge in $XDG_CACHE_HOME, else in ~/.cache.',
    'a folder',
  ),
  HF_ENDPOINT: text(
    'https://huggingface.co',
    'Model hub that the models come from which no package has: Hugging Face or a mirror of it.',
    'an http or https URL without a password in it',
    openUrl,
  ),
  HF_TOKEN: {
    ...text(
      '',
      'Access token for the model hub, for models that ask for one. It is sent to HF_ENDPOINT only.',
      'a token of the hub, without spaces',
      (text) => (/^[\x21-\x7e]{1,1000}$/.test(text) ? text : undefined),
    ),
    secret: true,
  },
  WHISPER_MODEL: text(
    'base',
    'Speech recognition: the size of the Whisper model (tiny, base, small, medium, large-v3 or large, turbo), or the name of one in MODELS_DIR.',
    'the size or the name of a Whisper model, e.g. base',
    (text) => (modelId.test(text) ? text : undefined),
  ),
  MT_MODEL: text(
    'marian',
    'Translation: marian for the small models of one pair each, facebook/m2m100_418M or alirezamsh/small100 for one model of a hundred languages, or the name of one in MODELS_DIR.',
    'marian, facebook/m2m100_418M, alirezamsh/small100 or the name of a model',
    (text) => (modelId.test(text) ? text : undefined),
  ),
  TTS_MODEL: text(
    'hibari-en,fastspeech2-pt-dora,kokoro,espeak-ng',
    'Voices: models of models.lock.json or MODELS_DIR, separated by commas, the preferred ones first.',
    'names of models separated by commas, e.g. hibari-en,kokoro',
    (text) => {
      const names = text.split(',').map((name) => name.trim())
      return names.every((name) => modelName.test(name)) ? [...new Set(names)] : undefined
    },
  ),
  HIFIGAN_MODEL: text(
    '',
    'A HiFi-GAN of MODELS_DIR for voices of the engine fastspeech2 that bring no vocoder. Others do not need it.',
    'the name of a model, e.g. hifigan-v1',
    (text) => (modelName.test(text) ? text : undefined),
  ),
  USE_GPU: text(
    'auto',
    'Whether models in 16 or 32 bit run on an NVIDIA GPU; those in 8 bit stay on the CPU. auto: where there is one. true: no start without.',
    'auto, true, false',
    (text) => gpuUse.get(text),
  ),
  CUDA_VISIBLE_DEVICES: text(
    '',
    'Which GPU is used, by its number; the first of several.',
    'a list of GPUs',
    (text) => text,
  ),
  VAD_ENABLED: flag(
    true,
    'Find the ends of utterances by voice activity. false: cut the audio every CHUNK_DURATION_MS instead.',
  ),
  TURN_DETECTION: flag(
    true,
    'Ask a model of the melody of speech whether a sentence is finished, so that finished ones are translated sooner.',
  ),
  CHUNK_DURATION_MS: integer(
    defaultSegmentOptions.chunkMs,
    'Length of the pieces when VAD_ENABLED is false.',
    500,
    29000,
  ),
  MAX_QUEUE: integer(4, 'Utterances of one channel that may wait for the recogniser.', 1, 1000),
  TTS_RUNTIME: choice('onnx', 'What runs the voices; trt is TensorRT, on a GPU.', ['onnx', 'trt'], {
    pt: 'there is no Python here, so no PyTorch; export the voice to ONNX',
  }),
  LOG_LEVEL: choice(
    'info',
    'How much is logged: at debug a line for each utterance, at info one for each channel. What people say is not, see LOG_TEXT.',
    ['debug', 'info', 'warn', 'error', 'silent'],
  ),
  LOG_TEXT: flag(false, 'Log what people say and its translation too, with LOG_LEVEL=debug.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: text(
    '',
    'Collector of OpenTelemetry that gets a trace of each utterance, without words, over OTLP/HTTP. Empty: none does.',
    'an http or https URL without a password in it, e.g. http://localhost:4318',
    openUrl,
  ),
  OTEL_EXPORTER_OTLP_HEADERS: {
    ...text(
      '',
      'Headers for the collector, such as an API key.',
      'name=value pairs separated by commas',
      parseHeaders,
    ),
    secret: true,
  },
  MLFLOW_TRACKING_URI: text(
    '',
    'MLflow server that the benches report to, and the server too where MLFLOW_LIVE is true.',
    'an http or https URL',
    (text) => (isHttpUrl(text) ? text : undefined),
  ),
  MLFLOW_EXPERIMENT_NAME: text(
    'voxbridge',
    'Experiment of the MLflow server that the runs belong to; it is made where it is missing.',
    'a name of at most 500 characters',
    (text) => (text.length <= 500 ? text : undefined),
  ),
  MLFLOW_LIVE: flag(
    false,
    'Report latency, load and errors of the running server to MLFLOW_TRACKING_URI, once a minute.',
  ),
  ASR_THREADS: threads('Threads of the recogniser. auto: the cores, at most 4.', manyCores),
  MT_THREADS: threads('Threads of the translator. auto: 1.', () => 1),
  TTS_THREADS: threads('Threads of a voice. auto: the cores, at most 4.', manyCores),
  MAX_CHANNELS: integer(16, 'Connections at a time; more are refused with 503.', 1, 10000),
  MAX_FRAME_BYTES: integer(131072, 'Largest piece of audio a client may send at once.', 1024, 1048576),
  END_SILENCE_MS: integer(
    defaultSegmentOptions.endSilenceMs,
    'Silence that ends an utterance, however unfinished it sounds.',
    100,
    5000,
  ),
  EARLY_END_SILENCE_MS: integer(
    defaultSegmentOptions.earlyEndMs,
    'Silence that ends an utterance which sounds and reads finished.',
    100,
    5000,
  ),
  ANSWER_TIMEOUT_S: integer(
    20,
    'How long a model may be silent over a short request before its worker is taken for hung and replaced; longer ones get more.',
    1,
    3600,
  ),
  IDLE_TIMEOUT_S: integer(60, 'A connection that sends nothing for so long is closed.', 4, 3600),
  RESUME_WINDOW_S: integer(
    30,
    'How long a session whose connection fell waits for its client to come back, and keeps its place; 0: not at all.',
    0,
    600,
  ),
  DRAIN_TIMEOUT_S: integer(
    10,
    'How long running conversations may finish when the server is stopped.',
    0,
    600,
  ),
} as const satisfies Record<string, Variable<unknown>>

type VariableName = keyof typeof variables
type Values = {
  [Name in VariableName]: (typeof variables)[Name] extends Variable<infer T> ? T : never
}

export interface Config {
  readonly host: string
  readonly port: number
  readonly doors: DoorConfig
  readonly modelsDir: string
  readonly hub: HubAccess
  readonly whisperModel: string
  readonly mtModel: string
  readonly ttsModels: readonly string[]
  readonly hifiganModel: string | undefined
  readonly useGpu: Values['USE_GPU']
  readonly ttsRuntime: Values['TTS_RUNTIME']
  readonly logLevel: Values['LOG_LEVEL']
  /** Whether what people say may be logged. */
  readonly logText: boolean
  readonly asrThreads: number
  readonly mtThreads: number
  readonly ttsThreads: number
  readonly vadEnabled: boolean
  readonly turnDetection: boolean
  readonly chunkDurationMs: number
  readonly endSilenceMs: number
  readonly earlyEndSilenceMs: number
  readonly maxQueue: number
  readonly maxChannels: number
  readonly maxFrameBytes: number
  readonly answerTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly resumeWindowMs: number
  readonly drainTimeoutMs: number
  readonly mlflow: MlflowConfig
  readonly otlp: OtlpConfig
}

export interface OtlpConfig {
  /** Undefined: no traces are sent. */
  readonly endpoint: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

export interface MlflowConfig {
  readonly trackingUri: string | undefined
  readonly experimentName: string
  /** Whether the server reports while it runs; then there is a `trackingUri`. */
  readonly live: boolean
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the configuration.
 * @throws VoxbridgeError ERR_CONFIG with one line that names the variable, its value and what is allowed.
 */
export function readConfig(environment: Environment = readEnvironment()): Config {
  const values = readValues(environment)
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    doors: doorConfig(values, { host: values.HOST, configDir: configDir(environment) }),
    modelsDir: values.MODELS_DIR === '' ? defaultModelsDir(environment) : values.MODELS_DIR,
    hub: Object.freeze({ endpoint: values.HF_ENDPOINT, token: values.HF_TOKEN || undefined }),
    whisperModel: values.WHISPER_MODEL,
    mtModel: values.MT_MODEL,
    ttsModels: Object.freeze(values.TTS_MODEL),
    hifiganModel: values.HIFIGAN_MODEL || undefined,
    useGpu: values.USE_GPU,
    ttsRuntime: values.TTS_RUNTIME,
    logLevel: values.LOG_LEVEL,
    logText: values.LOG_TEXT,
    asrThreads: values.ASR_THREADS,
    mtThreads: values.MT_THREADS,
    ttsThreads: values.TTS_THREADS,
    vadEnabled: values.VAD_ENABLED,
    turnDetection: values.TURN_DETECTION,
    chunkDurationMs: values.CHUNK_DURATION_MS,
    endSilenceMs: values.END_SILENCE_MS,
    earlyEndSilenceMs: values.EARLY_END_SILENCE_MS,
    maxQueue: values.MAX_QUEUE,
    maxChannels: values.MAX_CHANNELS,
    maxFrameBytes: values.MAX_FRAME_BYTES,
    answerTimeoutMs: values.ANSWER_TIMEOUT_S * 1000,
    idleTimeoutMs: values.IDLE_TIMEOUT_S * 1000,
    resumeWindowMs: values.RESUME_WINDOW_S * 1000,
    drainTimeoutMs: values.DRAIN_TIMEOUT_S * 1000,
    mlflow: Object.freeze(mlflowConfig(values)),
    otlp: Object.freeze({
      endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT || undefined,
      headers: Object.freeze(values.OTEL_EXPORTER_OTLP_HEADERS || {}),
    }),
  })
}

function mlflowConfig(values: Values): MlflowConfig {
  const trackingUri = values.MLFLOW_TRACKING_URI || undefined
  if (values.MLFLOW_LIVE && trackingUri === undefined) {
    throw new VoxbridgeError(
      'ERR_CONFIG',
      'MLFLOW_LIVE="true" needs MLFLOW_TRACKING_URI, the address of an MLflow server, e.g. http://127.0.0.1:5000.',
    )
  }
  return { trackingUri, experimentName: values.MLFLOW_EXPERIMENT_NAME, live: values.MLFLOW_LIVE }
}

/** What `--help` prints. */
export function formatHelp(): string {
  const lines = ['Usage: node dist/server.js [--help]', '', 'Settings, from the environment:', '']
  for (const [name, { initial, help, allowed }] of Object.entries<Variable<unknown>>(variables)) {
    lines.push(`  ${name}=${initial}`, `      ${help}`, `      Allowed: ${allowed}.`)
  }
  return lines.join('\n') + '\n'
}

/** The text of `.env.example`. */
export function formatEnvExample(): string {
  const blocks = Object.entries<Variable<unknown>>(variables).map(
    ([name, { initial, help, allowed }]) => `# ${help}\n# Allowed: ${allowed}.\n${name}=${initial}\n`,
  )
  return ['# Copy to .env and change what you like; these are the defaults.\n', ...blocks].join('\n')
}

/**
 * A file `.env` in the working folder adds what the environment itself does not set. A folder of that name, as Python's
 * virtual environments are called, is none of ours.
 */
function readEnvironment(): Environment {
  if (statSync('.env', { throwIfNoEntry: false })?.isFile()) process.loadEnvFile('.env')
  return process.env
}

function readValues(environment: Environment): Values {
  const values = Object.entries<Variable<unknown>>(variables).map(([name, variable]) => [
    name,
    readValue(name, variable, environment[name]),
  ])
  return Object.fromEntries(values) as Values
}

/** An empty variable counts as not set, as in a `.env` file with the line `NAME=`. */
function readValue(name: string, variable: Variable<unknown>, given: string | undefined): unknown {
  if (given === undefined || given === '') {
    if (variable.initial === '') return ''
    given = variable.initial
  }
  const result = variable.parse(given)
  if ('value' in result) return result.value
  const reason = result.refused === '' ? '' : `: ${result.refused}`
  throw new VoxbridgeError(
    'ERR_CONFIG',
    `${name}=${variable.secret ? '(not shown)' : JSON.stringify(given)} is not allowed${reason}. Allowed: ${variable.allowed}.`,
  )
}

function defaultModelsDir(environment: Environment): string {
  return ownFolder(environment['XDG_CACHE_HOME'], '.cache')
}

function configDir(environment: Environment): string {
  return ownFolder(environment['XDG_CONFIG_HOME'], '.config')
}

/** XDG says that a relative path in its variables counts as not set. */
function ownFolder(base = '', otherwise: string): string {
  return join(isAbsolute(base) ? base : join(homedir(), otherwise), 'voxbridge')
}

/** @returns without slashes at its end; undefined where it would show a password in the log. */
function openUrl(text: string): string | undefined {
  return isHttpUrl(text) && new URL(text).username === '' ? text.replace(/\/+$/, '') : undefined
}

/** The form of the W3C's baggage: values may be percent-encoded. */
function parseHeaders(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const pairs = text.split(',').map((pair) => /^\s*([\w-]+)\s*=\s*(\S.*?)\s*$/.exec(pair))
    const headers = new Headers(pairs.map((pair) => [pair?.[1] ?? '', decodeURIComponent(pair?.[2] ?? '')]))
    return Object.fromEntries(headers)
  } catch {
    return undefined
  }
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}
