import { readFileSync } from 'node:fs'
import t from 'tap'
import { type Config, type Environment, formatEnvExample, formatHelp, readConfig } from './config.ts'
import type { DoorConfig } from './config-doors.ts'
import { VoxbridgeError } from './errors.ts'

t.test('defaults', async (t) => {
  const config = readConfig({})
  t.match(config, {
    host: '127.0.0.1',
    port: 8000,
    whisperModel: 'base',
    mtModel: 'marian',
    vadEnabled: true,
  })
  t.match(config.modelsDir, /\.cache\/voxbridge$/)
  t.ok(Object.isFrozen(config))
  t.same(readConfig({ PORT: '', TTS_MODEL: '' }), config, 'an empty variable counts as not set')
})

t.test('tokens are asked for where other machines get in', async (t) => {
  const cases: readonly (readonly [Environment, boolean])[] = [
    [{}, false],
    [{ HOST: 'localhost' }, false],
    [{ HOST: '::1' }, false],
    [{ HOST: '0.0.0.0' }, true],
    [{ HOST: '::' }, true],
    [{ HOST: '192.0.2.1' }, true],
    [{ HOST: 'voice.test' }, true],
    [{ TRUST_PROXY: '127.0.0.1' }, true],
    [{ HOST: '0.0.0.0', AUTH: 'false' }, false],
    [{ AUTH: 'true' }, true],
  ]
  for (const [environment, auth] of cases) {
    t.equal(readConfig(environment).doors.auth, auth, JSON.stringify(environment))
  }
})

type PartialConfig = Omit<Partial<Config>, 'doors'> & {
  readonly doors?: Omit<Partial<DoorConfig>, 'limits'> & { readonly limits?: Partial<DoorConfig['limits']> }
}
const right: readonly (readonly [string, string, PartialConfig])[] = [
  ['PORT', '0', { port: 0 }],
  ['HOST', '::', { host: '::' }],
  [
    'ALLOWED_ORIGINS',
    'https://a.test, http://b.test:81',
    { doors: { allowedOrigins: ['https://a.test', 'http://b.test:81'] } },
  ],
  ['TOKENS_FILE', '/srv/tokens.json', { doors: { tokensFile: '/srv/tokens.json' } }],
  ['XDG_CONFIG_HOME', '/srv/config', { doors: { tokensFile: '/srv/config/voxbridge/tokens.json' } }],
  ['MAX_CHANNELS_PER_TOKEN', '0', { doors: { limits: { channelsPerToken: Infinity } } }],
  ['MAX_UPLOAD_MB', '128', { doors: { limits: { uploadBytes: 128 * 1024 * 1024 } } }],
  ['VOXBRIDGE_TOKEN', 'vbx_abc', { doors: { ownToken: 'vbx_abc' } }],
  ['MAX_CHANNELS_PER_TOKEN', '3', { doors: { limits: { channelsPerToken: 3 } } }],
  ['MODELS_DIR', '/srv/models/', { modelsDir: '/srv/models' }],
  ['HF_ENDPOINT', 'https://hub.example/mirror/', { hub: { endpoint: 'https://hub.example/mirror' } }],
  ['HF_TOKEN', 'hf_secret', { hub: { endpoint: 'https://huggingface.co', token: 'hf_secret' } }],
  ['XDG_CACHE_HOME', '/srv/cache', { modelsDir: '/srv/cache/voxbridge' }],
  ['WHISPER_MODEL', 'small', { whisperModel: 'small' }],
  ['TTS_MODEL', 'hibari-en, kokoro', { ttsModels: ['hibari-en', 'kokoro'] }],
  ['HIFIGAN_MODEL', 'hifigan-v1', { hifiganModel: 'hifigan-v1' }],
  ['MT_MODEL', 'facebook/m2m100_418M', { mtModel: 'facebook/m2m100_418M' }],
  ['USE_GPU', '1', { useGpu: 'true' }],
  ['TTS_RUNTIME', 'trt', { ttsRuntime: 'trt' }],
  ['VAD_ENABLED', '0', { vadEnabled: false }],
  ['ASR_THREADS', '3', { asrThreads: 3 }],
  ['MT_THREADS', 'auto', { mtThreads: 1 }],
  ['ANSWER_TIMEOUT_S', '5', { answerTimeoutMs: 5000 }],
  ['IDLE_TIMEOUT_S', '30', { idleTimeoutMs: 30000 }],
  ['LOG_TEXT', 'true', { logText: true }],
  [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'http://otel:4318/',
    { otlp: { endpoint: 'http://otel:4318', headers: {} } },
  ],
  [
    'OTEL_EXPORTER_OTLP_HEADERS',
    'x-api-key=a%20b=, X-Tenant = me',
    { otlp: { endpoint: undefined, headers: { 'x-api-key': 'a b=', 'x-tenant': 'me' } } },
  ],
  [
    'MLFLOW_EXPERIMENT_NAME',
    'nightly',
    { mlflow: { trackingUri: undefined, experimentName: 'nightly', live: false } },
  ],
]
for (const [name, value, expected] of right) {
  t.test(`${name}=${value}`, async (t) => t.match(readConfig({ [name]: value }), expected))
}

const wrong: readonly (readonly [string, string, RegExp])[] = [
  ['PORT', '80a', /0 to 65535/],
  ['PORT', '65536', /0 to 65535/],
  ['PORT', '-1', /0 to 65535/],
  ['HOST', 'a b', /host name/],
  ['AUTH', 'maybe', /auto, true, false/],
  ['ALLOWED_ORIGINS', '*', /origins such as/],
  ['ALLOWED_ORIGINS', 'https://a.test/path', /origins such as/],
  ['ALLOWED_ORIGINS', 'a.test', /origins such as/],
  ['TRUST_PROXY', 'true', /IP addresses/],
  ['TRUST_PROXY', '10.0.0.0/99', /IP addresses/],
  ['MAX_CHANNELS_PER_TOKEN', '-1', /0 to 1000000/],
  ['MAX_UPLOAD_MB', '1', /128 to 1000000/],
  ['HF_ENDPOINT', 'huggingface.co', /http/],
  ['WHISPER_MODEL', '../base', /Whisper/],
  ['MT_MODEL', 'a/b/c', /Allowed: marian/],
  ['MT_MODEL', '../marian', /Allowed: marian/],
  ['TTS_MODEL', 'hibari-en,,', /commas/],
  ['HIFIGAN_MODEL', 'hifigan/v1', /name of a model/],
  ['USE_GPU', 'yes', /Allowed: auto, true, false/],
  ['USE_GPU', 'constructor', /Allowed: auto, true, false/],
  ['TTS_RUNTIME', 'pt', /no Python/],
  ['VAD_ENABLED', 'maybe', /true, false/],
  ['LOG_LEVEL', 'loud', /debug, info/],
  ['MLFLOW_TRACKING_URI', 'localhost:5000', /http/],
  ['MLFLOW_EXPERIMENT_NAME', 'x'.repeat(501), /500 characters/],
  ['MLFLOW_LIVE', 'true', /needs MLFLOW_TRACKING_URI/],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://me:secret@otel:4318', /without a password/],
  ['ASR_THREADS', '0', /1 to 64/],
]
for (const [name, value, allowed] of wrong) {
  t.test(`${name}=${value} is refused`, async (t) => {
    try {
      readConfig({ [name]: value })
      t.fail('accepted')
    } catch (error) {
      if (!(error instanceof VoxbridgeError)) throw error
      t.equal(error.code, 'ERR_CONFIG')
      t.match(error.message, allowed)
      t.ok(error.message.startsWith(`${name}="${value}"`), error.message)
      t.notMatch(error.message, '\n', 'one line')
    }
  })
}

t.test('a wrong token is refused without being shown', async (t) => {
  t.throws(() => readConfig({ HF_TOKEN: 'hf_secret with spaces' }), {
    code: 'ERR_CONFIG',
    message: 'HF_TOKEN=(not shown) is not allowed. Allowed: a token of the hub, without spaces.',
  })
  t.throws(() => readConfig({ VOXBRIDGE_TOKEN: 'vbx_secret with spaces' }), {
    message: 'VOXBRIDGE_TOKEN=(not shown) is not allowed. Allowed: a token, without spaces.',
  })
  t.notMatch(formatHelp(), /hf_secret/)
  for (const headers of ['secret', '=secret', 'a=secret,', 'a=%secret']) {
    t.throws(() => readConfig({ OTEL_EXPORTER_OTLP_HEADERS: headers }), {
      code: 'ERR_CONFIG',
      message:
        'OTEL_EXPORTER_OTLP_HEADERS=(not shown) is not allowed. Allowed: name=value pairs separated by commas.',
    })
  }
})

t.test('.env.example is what the table says, and is accepted as it stands', async (t) => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
  t.equal(example, formatEnvExample())
  const assignments = example.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const environment = Object.fromEntries(assignments.map((line) => line.split(/=(.*)/s, 2)))
  t.same(readConfig(environment), readConfig({}))
  const help = formatHelp()
  for (const name of Object.keys(environment)) t.match(help, `  ${name}=`)
})
