/** Real models, the real server, real time: what a client sends and what it hears. */
import t, { type Test } from 'tap'
import { findBrokenPromises } from '../bench/caption-stability.ts'
import { Conversation } from '../bench/conversation.ts'
import { ServerApi } from '../bench/server-api.ts'
import { countWordErrors } from '../bench/word-error-rate.ts'
import type { ServerMessage } from '../src/cli/server-messages.ts'
import { type Recording, readWav } from '../src/cli/wav.ts'
import { joinPcm } from '../src/pipeline/join-samples.ts'
import { startServer } from './server.ts'

const { signal } = new AbortController()
const { url } = await startServer(t)
const api = new ServerApi(url)
const english = await readWav('samples/hello-en.wav')
const portuguese = await readWav('samples/hello-pt.wav')

async function open(
  t: Test,
  src: string,
  tgt: string,
  { sampleRate }: Recording,
  { partials = false, voice }: { readonly partials?: boolean; readonly voice?: string } = {},
): Promise<Conversation> {
  const conversation = await Conversation.open(url, { src, tgt, sampleRate, partials, voice, signal })
  t.teardown(() => conversation.client.terminate())
  return conversation
}

/** Share of the words of `expected` that were not heard. */
function wordErrorRate(expected: string, heard: string): number {
  const { errors, words } = countWordErrors(expected, heard)
  return errors / words
}

async function checkTranslation(t: Test, conversation: Conversation, recording: Recording, tgt: string) {
  const answer = await conversation.say(recording)
  const { translation, clauses } = answer
  t.same(answer.errors, [])
  const pcm = joinPcm(clauses.flatMap(({ pieces }) => pieces.map((piece) => piece.pcm)))
  const heard = await api.transcribe({ pcm, sampleRate: conversation.client.ready.output.sampleRate }, tgt)
  t.ok(wordErrorRate(translation, heard) < 0.35, `"${translation}" is heard as "${heard}"`)
  return answer
}

t.test('English in, Portuguese out', async (t) => {
  const conversation = await open(t, 'en', 'pt', english)
  const { transcript, translation } = await checkTranslation(t, conversation, english, 'pt')
  t.match(transcript, /please hold/i)
  t.match(translation, /obrigad/i)
  const { summary } = await conversation.client.finish({ signal })
  t.match(summary, { segments: 2, errors: 0, droppedMs: 0 })
})

t.test('Portuguese in, English out', async (t) => {
  const conversation = await open(t, 'pt', 'en', portuguese)
  const { transcript, translation } = await checkTranslation(t, conversation, portuguese, 'en')
  t.match(transcript, /estação/i)
  t.match(translation, /station/i)
})

t.test('two channels at once keep apart', async (t) => {
  const one = await open(t, 'en', 'pt', english)
  const two = await open(t, 'pt', 'en', portuguese)
  const [toPortuguese, toEnglish] = await Promise.all([one.say(english), two.say(portuguese)])
  t.match(toPortuguese.translation, /obrigad/i)
  t.match(toEnglish.translation, /station/i)
  for (const { client } of [one, two]) {
    const numbers = client.received.map(({ message }) => message.seq)
    t.same(
      numbers,
      numbers.map((_, index) => index + 1),
      'each connection counts for itself',
    )
  }
  t.ok(one.client.clauses.every(({ language }) => language === 'pt'))
  t.ok(two.client.clauses.every(({ language }) => language === 'en'))
})

t.test('the next utterance is recognised while the last one is spoken, and order is kept', async (t) => {
  // Kokoro takes its time, so that there is something to overtake.
  const { client } = await open(t, 'en', 'pt', english, { voice: 'pf_dora' })
  // Both utterances are there at once, so what follows is decided by the pipe alone.
  for (let start = 0; start < english.pcm.length; start += 1600) {
    client.sendAudio(english.pcm.slice(start, start + 1600))
  }
  await client.finish({ signal })
  const [first, second] = client.all('speech_start').map(({ segment }) => segment)
  const find = (accept: (message: ServerMessage) => boolean): number =>
    client.received.findIndex(({ message }) => accept(message))
  const transcribed = find((m) => m.type === 'transcript' && m.final && m.segment === second)
  const spoken = find((m) => m.type === 'audio_end' && m.final && m.segment === first)
  const spokenNext = find((m) => m.type === 'audio_start' && m.segment === second)
  t.ok(transcribed > 0 && spoken > 0 && spokenNext > 0, 'both are answered')
  t.ok(spoken < spokenNext, 'the second is not spoken before the first is over')
  t.ok(transcribed < spoken, 'the caption of the second does not wait for the speech of the first')
})

t.test('captions grow while somebody speaks, and what is stable in them stays', async (t) => {
  const conversation = await open(t, 'en', 'pt', english, { partials: true })
  const { segments, transcript } = await conversation.say(english)
  t.match(transcript, /please hold/i)
  for (const segment of segments) {
    const received = conversation.client.received.flatMap(({ at, message }) =>
      message.type === 'transcript' && message.segment === segment ? [{ at, ...message }] : [],
    )
    t.ok(received.length > 2, `${received.length} captions of segment ${segment}`)
    t.equal(received.filter(({ final }) => final).length, 1)
    t.equal(received.at(-1)?.final, true)
    t.same(findBrokenPromises(received), [])
  }
  await conversation.close()
})

t.test('who does not pause is translated while talking', async (t) => {
  const sentences = [
    'A estação fica no fim da rua principal.',
    'O trem para o norte sai às nove horas da manhã.',
    'Nós vamos visitar a nossa família no interior.',
    'Amanhã voltamos para casa com as crianças.',
  ]
  const spoken = await Promise.all(sentences.map((text) => api.speak(text, 'pt')))
  const sampleRate = spoken[0]?.sampleRate ?? 0
  // Shorter than any pause that ends an utterance.
  const cutSamples = 0.15 * sampleRate
  const talk = joinPcm(spoken.map(({ pcm }) => pcm.subarray(0, pcm.length - cutSamples)))
  const conversation = await open(t, 'pt', 'en', { pcm: talk, sampleRate })
  const { said, translation, errors } = await conversation.say({ pcm: talk, sampleRate })
  t.same(errors, [])
  t.match(translation, /station[^]*train[^]*family[^]*(home|house)/i, 'all of it, in order')
  const first = conversation.client.received.find(({ message }) => message.type === 'audio_start')
  const talkMs = (talk.length / sampleRate) * 1000
  t.ok(first && first.at < said.startedAt + talkMs, 'the first sentence is spoken before the talk is over')
  await conversation.close()
})

t.test('a channel outlives what is wrong with it', async (t) => {
  const { client } = await open(t, 'en', 'pt', english)
  client.send({ type: 'config', tgt: 'xx' })
  const { message } = await client.waitFor(({ type }) => type === 'error', { signal })
  t.match(message, { code: 'ERR_LANGUAGE_PAIR', retryable: false })
  client.send({ type: 'speak', text: 'Tudo certo.', language: 'pt' })
  await client.waitFor(({ type }) => type === 'audio_end', { signal })
  t.ok((client.clauses[0]?.pieces.length ?? 0) > 0, 'and still speaks')
  await client.finish({ signal })
})
