import t from 'tap'
import { VoxbridgeError } from '../errors.ts'
import type { ChannelSettings } from '../pipeline/stage.ts'
import { createTiming } from '../pipeline/timing.ts'
import { formatMessage, maxSpeakChars, parseMessage, type ServerMessage } from './protocol.ts'
import { parseConnect } from './upgrade.ts'

const accepted: readonly (readonly [string, unknown])[] = [
  ['{"type":"flush"}', { type: 'flush' }],
  ['{"type":"keepalive","extra":1}', { type: 'keepalive' }],
  ['{"type":"close"}', { type: 'close' }],
  ['{"type":"config"}', { type: 'configure', settings: {} }],
  [
    '{"type":"config","src":"auto","tgt":"pt","voice":"pf_dora","speed":0.9,"partials":false,"audio":true}',
    {
      type: 'configure',
      settings: { source: 'auto', target: 'pt', voice: 'pf_dora', speed: 0.9, partials: false, audio: true },
    },
  ],
  ['{"type":"speak","text":"Olá"}', { type: 'speak', text: 'Olá' }],
  [
    '{"text":"Olá","language":"pt","voice":"pm_alex","speed":1.5,"sequence":7,"final":true}',
    { type: 'speak', text: 'Olá', language: 'pt', voice: 'pm_alex', speed: 1.5, sequence: 7, final: true },
  ],
  ['{"text":"a","language":null}', { type: 'speak', text: 'a' }],
  ['{"__proto__":{"type":"flush"},"text":"a"}', { type: 'speak', text: 'a' }],
]
for (const [text, expected] of accepted) {
  t.test(`accepted: ${text}`, async (t) => t.strictSame(parseMessage(text), expected))
}

const refused: readonly (readonly [string, RegExp])[] = [
  ['', /must be JSON/],
  ['{', /must be JSON/],
  ['[]', /JSON object/],
  ['null', /JSON object/],
  ['"flush"', /JSON object/],
  ['{}', /needs a "type"/],
  ['{"type":"dance"}', /flush, config, speak, keepalive, close/],
  ['{"type":"constructor"}', /flush, config/],
  ['{"type":["flush"]}', /flush, config/],
  ['{"type":"speak"}', /"text"/],
  ['{"type":"speak","text":"  "}', /1 to 2000 characters/],
  ['{"type":"speak","text":5}', /1 to 2000 characters/],
  [JSON.stringify({ type: 'speak', text: 'a'.repeat(maxSpeakChars + 1) }), /1 to 2000 characters/],
  ['{"text":"a","language":"english"}', /"language" must be an ISO/],
  ['{"text":"a","sequence":-1}', /"sequence" must be a whole number/],
  ['{"text":"a","sequence":1.5}', /"sequence"/],
  ['{"text":"a","final":"yes"}', /"final" must be true or false/],
  ['{"type":"config","src":"EN"}', /"src" must be an ISO 639-1 code or auto/],
  ['{"type":"config","tgt":"auto"}', /"tgt" must be an ISO/],
  ['{"type":"config","voice":"../x/"}', /"voice" must be/],
  ['{"type":"config","speed":0}', /"speed" must be a number from 0.5 to 2/],
  ['{"text":"a","voice":5}', /"voice" must be the name of a voice/],
  ['{"type":"config","partials":1}', /"partials" must be true or false/],
]
for (const [text, message] of refused) {
  t.test(`refused: ${text.slice(0, 60)}`, async (t) => {
    t.throws(() => parseMessage(text), { code: 'ERR_MESSAGE', message })
  })
}

const settings: ChannelSettings = {
  source: 'en',
  target: 'pt',
  voice: undefined,
  speed: 1,
  partials: true,
  audio: true,
}
const timing = createTiming(3, 0, 0)

const sent: readonly (readonly [ServerMessage, string])[] = [
  [
    { type: 'speech-start', segment: 3, startMs: 12.4 },
    '{"type":"speech_start","seq":9,"segment":3,"startMs":12}',
  ],
  [{ type: 'speech-end', segment: 3, endMs: 99.6 }, '{"type":"speech_end","seq":9,"segment":3,"endMs":100}'],
  [
    {
      ...{ type: 'transcript', segment: 3, final: false, text: 'Good', language: 'en', startMs: 1, endMs: 2 },
      ...{ stable: 4, timing, settings },
    },
    '{"type":"transcript","seq":9,"segment":3,"final":false,"text":"Good","language":"en","startMs":1,"endMs":2,"stable":4}',
  ],
  [
    {
      type: 'translation',
      segment: 3,
      clause: 0,
      final: true,
      text: 'Bom',
      language: 'pt',
      timing,
      settings,
    },
    '{"type":"translation","seq":9,"segment":3,"clause":0,"final":true,"text":"Bom","language":"pt"}',
  ],
  [
    { type: 'audio-start', segment: 3, sequence: 1, language: 'pt', text: 'Bom', sampleRate: 24000, timing },
    '{"type":"audio_start","seq":9,"segment":3,"sequence":1,"language":"pt","text":"Bom","sampleRate":24000}',
  ],
  [
    { type: 'audio-end', segment: 3, sequence: 1, durationMs: 9.5, final: true, timing },
    '{"type":"audio_end","seq":9,"segment":3,"sequence":1,"durationMs":10,"final":true}',
  ],
  [
    {
      ...{ type: 'latency', segment: 3, endpointMs: 600.4, asrMs: 60, mtMs: 4, ttsMs: 20, queueMs: 5 },
      firstAudioMs: 689.4,
    },
    '{"type":"latency","seq":9,"segment":3,"endpointMs":600,"asrMs":60,"mtMs":4,"ttsMs":20,"queueMs":5,"firstAudioMs":689}',
  ],
  [
    { type: 'load', level: 'partials-slower', partialStepMs: 1000 },
    '{"type":"load","seq":9,"level":"partials-slower","partialStepMs":1000}',
  ],
  [
    { type: 'load', level: 'partials-off', partialStepMs: Infinity },
    '{"type":"load","seq":9,"level":"partials-off","partialStepMs":null}',
  ],
  [
    { type: 'overrun', droppedMs: 40.2, reason: 'late' },
    '{"type":"overrun","seq":9,"droppedMs":40,"reason":"late"}',
  ],
  [
    { type: 'error', code: 'ERR_ENGINE', message: 'It failed.', retryable: true, segment: 3 },
    '{"type":"error","seq":9,"code":"ERR_ENGINE","message":"It failed.","retryable":true,"segment":3}',
  ],
  [
    { type: 'error', code: 'ERR_VOICE', message: 'None.', retryable: false },
    '{"type":"error","seq":9,"code":"ERR_VOICE","message":"None.","retryable":false}',
  ],
  [
    {
      type: 'closed',
      reason: 'done',
      summary: { segments: 1, audioInMs: 2, audioOutMs: 3, droppedMs: 0, errors: 0 },
    },
    '{"type":"closed","seq":9,"reason":"done","summary":{"segments":1,"audioInMs":2,"audioOutMs":3,"droppedMs":0,"errors":0}}',
  ],
]
for (const [message, expected] of sent) {
  t.test(`sent: ${message.type}`, async (t) => t.equal(formatMessage(message, 9), expected))
}

t.test('a request to connect', async (t) => {
  t.strictSame(parseConnect('channelId=a.B-1_&src=en&tgt=pt'), {
    channelId: 'a.B-1_',
    settings,
    inputRateHz: 16000,
  })
  t.strictSame(
    parseConnect(
      'channelId=a&src=auto&tgt=en&rate=48000&voice=heart&speed=1.25&partials=0&audio=0&token=x&y=z',
    ),
    {
      channelId: 'a',
      settings: { source: 'auto', target: 'en', voice: 'heart', speed: 1.25, partials: false, audio: false },
      inputRateHz: 48000,
    },
  )
})

const badConnects: readonly (readonly [string, RegExp])[] = [
  ['', /channelId is missing: it must be 1 to 64/],
  ['channelId=&src=en&tgt=pt', /channelId must be 1 to 64/],
  ['channelId=a%20b&src=en&tgt=pt', /channelId must be/],
  [`channelId=${'a'.repeat(65)}&src=en&tgt=pt`, /channelId must be/],
  ['channelId=a&tgt=pt', /src is missing/],
  ['channelId=a&src=English&tgt=pt', /src must be an ISO 639-1 code such as en, or auto/],
  ['channelId=a&src=en', /tgt is missing/],
  ['channelId=a&src=en&tgt=auto', /tgt must be/],
  ['channelId=a&src=en&tgt=pt&rate=7999', /8000 to 48000/],
  ['channelId=a&src=en&tgt=pt&rate=48001', /8000 to 48000/],
  ['channelId=a&src=en&tgt=pt&rate=16e3', /8000 to 48000/],
  ['channelId=a&src=en&tgt=pt&partials=true', /partials must be 0 or 1/],
  ['channelId=a&src=en&tgt=pt&audio=', /audio must be 0 or 1/],
  ['channelId=a&src=en&tgt=pt&voice=', /voice must be/],
  ['channelId=a&src=en&tgt=pt&speed=3', /speed must be a number from 0\.5 to 2/],
  ['channelId=a&src=en&tgt=pt&speed=fast', /speed must be/],
  ['channelId=a&src=en&tgt=pt&tgt=en', /tgt is given more than once/],
]
for (const [query, message] of badConnects) {
  t.test(`refused: ?${query.slice(0, 60)}`, async (t) => {
    t.throws(() => parseConnect(query), { code: 'ERR_BAD_REQUEST', message })
    t.throws(() => parseConnect(query), VoxbridgeError)
  })
}
