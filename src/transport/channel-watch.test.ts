import { pino } from 'pino'
import t from 'tap'
import type { UtteranceReport } from '../telemetry/utterances.ts'
import { connect, pcm, startTestServer, type TestServerOptions } from '../../test/voice-server.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

const [debug, info] = [20, 30]

/** One utterance that succeeds and one that fails. */
async function converse(options: TestServerOptions = {}): Promise<Line[]> {
  const lines: Line[] = []
  const log = pino(
    { level: 'debug', base: null },
    { write: (line) => void lines.push(JSON.parse(line) as Line) },
  )
  const server = await startTestServer({ log, ...options })
  const client = await connect(server, 'channelId=a&src=en&tgt=pt')
  client.send(pcm(150))
  client.send({ type: 'flush' })
  await client.next('audio_end')
  client.send(pcm(100, 0.95))
  client.send({ type: 'flush' })
  await client.next('error')
  client.send({ type: 'close' })
  await client.closed()
  await server.close()
  return lines
}

t.test('a line for each utterance at debug, and one for the channel at info', async (t) => {
  const lines = await converse()
  const utterances = lines.filter(({ msg }) => msg === 'utterance')
  t.match(utterances, [
    {
      level: debug,
      channelId: 'a',
      segment: 1,
      src: 'en',
      tgt: 'pt',
      audioS: 0.15,
      endpointMs: Number,
      asrMs: Number,
      mtMs: Number,
      ttsMs: Number,
      firstAudioMs: Number,
      captionMs: Number,
      clauses: 1,
      characters: 'I hear 150 ms.'.length,
      spokenS: 0.1,
    },
    { segment: 2, error: 'ERR_ENGINE', spokenS: 0 },
  ])
  const infos = lines.filter(({ level }) => level === info)
  t.match(infos, [
    {
      msg: 'channel closed',
      channelId: 'a',
      code: 1000,
      reason: 'the client asked to close',
      durationS: Number,
      utterances: 2,
      speechS: 0.25,
      audioInS: 0.25,
      audioOutS: 0.1,
      errors: { ERR_ENGINE: 1 },
    },
  ])
  t.equal(infos.length, 1)
  t.notMatch(JSON.stringify(lines), /I hear|\[pt\]/, 'no words')
})

t.test('words only where they are wanted', async (t) => {
  const lines = await converse({ config: { logText: true } })
  t.match(
    lines.find(({ msg }) => msg === 'utterance'),
    {
      heard: 'I hear 150 ms.',
      translated: '[pt] I hear 150 ms.',
    },
  )
})

t.test('each utterance is told to the traces', async (t) => {
  const reports: UtteranceReport[] = []
  await converse({ traces: { record: (report) => void reports.push(report) } })
  t.match(reports, [
    { segment: 1, error: undefined },
    { segment: 2, error: 'ERR_ENGINE' },
  ])
})
