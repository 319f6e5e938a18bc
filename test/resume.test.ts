/** A conversation whose line drops again and again loses nothing and gets nothing twice. */
import t from 'tap'
import { createRandom } from '../bench/seeded-random.ts'
import { Microphone } from '../src/cli/microphone.ts'
import { StreamClient } from '../src/cli/stream-client.ts'
import { startBadLine } from './hardness/bad-line.ts'
import { account, dropAgainAndAgain } from './hardness/drops.ts'
import { outputRateHz, recognizer, startTestServer, synthesizer } from './voice-server.ts'

const { signal } = new AbortController()
const drops = 40
/** Each sample tells its place. */
const ramp = (length: number): Int16Array => Int16Array.from({ length }, (_, index) => (index % 25_000) + 1)

t.test('samples and finals over forty drops', async (t) => {
  const heard: number[] = []
  const server = await startTestServer({
    engines: {
      recognizer: {
        ...recognizer,
        recognize: (request, options) => {
          for (const sample of request.samples) heard.push(Math.round(sample * 32768))
          return recognizer.recognize({ ...request, samples: new Float32Array(3200) }, options)
        },
      },
      synthesizers: [
        {
          ...synthesizer,
          async *synthesize() {
            for (const first of [1, 1201]) {
              const pcm = Float32Array.from({ length: 1200 }, (_, index) => (first + index) / 32767)
              yield { samples: pcm }
            }
          },
        },
      ],
    },
  })
  t.teardown(() => server.close())
  const line = await startBadLine({ port: server.port, delayMs: 15 })
  t.teardown(() => line.close())
  const address = new URL(`http://127.0.0.1:${line.port}/`)
  const parameters = { channelId: 'a', src: 'en', tgt: 'pt', partials: false }
  const client = await StreamClient.connect(address, parameters, { signal })
  const off = new AbortController()
  let sent = 0
  const microphone = new Microphone({
    sampleRate: 16000,
    send(pcm) {
      sent += pcm.length
      client.sendAudio(pcm)
    },
  })
  const running = microphone.run({ signal: off.signal })
  const clip = ramp(120 * 16000)
  void microphone.say(clip)
  const random = createRandom(9)
  const dropped = await dropAgainAndAgain({ line, client, random, drops, gapMs: [10, 200], signal })
  off.abort()
  await running
  const closed = await client.finish({ signal })
  t.match(dropped, { drops, lostMessages: 0 })
  t.ok(dropped.halfOpen > 5)
  t.match(account(client), { finalsMissing: 0, finalsTwice: 0, messagesWrong: 0 })
  t.ok(account(client).segments >= sent / 3584 - 1)
  t.equal(heard.length, sent)
  t.equal(
    heard.findIndex((value, index) => value !== clip[index]),
    -1,
    'the recogniser heard every sample once',
  )
  const { audioOutMs, audioInMs } = closed.summary as { audioOutMs: number; audioInMs: number }
  t.equal(audioInMs, sent / 16)
  const spoken = client.clauses.map(({ pieces }) => pieces.flatMap(({ pcm }) => [...pcm]))
  const expected = [...ramp(2400)]
  t.equal(
    spoken.findIndex((clause) => String(clause) !== String(expected)),
    -1,
    'the listener heard every sample once',
  )
  t.equal(spoken.flat().length, (audioOutMs * outputRateHz) / 1000)
})

t.test('a server that knows the session no more is an end with its words', async (t) => {
  const server = await startTestServer({ config: { resumeWindowMs: 30 } })
  t.teardown(() => server.close())
  const line = await startBadLine({ port: server.port, delayMs: 0 })
  t.teardown(() => line.close())
  const address = new URL(`http://127.0.0.1:${line.port}/`)
  const client = await StreamClient.connect(address, { channelId: 'a', src: 'en', tgt: 'pt' }, { signal })
  const events: string[] = []
  client.on('dropped', () => events.push('dropped'))
  client.on('resumed', () => events.push('resumed'))
  line.cut(false)
  await t.rejects(client.waitFor(() => false, { signal }))
  t.same(events, ['dropped'])
})
