import t from 'tap'
import { VoxbridgeError } from '../../errors.ts'
import type { TextItem, Transcript } from '../../pipeline/stage.ts'
import { createTiming } from '../../pipeline/timing.ts'
import { createTranslateStage } from './index.ts'
import type { Translator } from './translator.ts'

const settings = { source: 'auto', target: 'pt', voice: undefined, partials: false, audio: true }

function transcript(segment: number, text: string, change: Partial<Transcript> = {}): Transcript {
  const timing = createTiming(segment, 0, 0)
  const times = { startMs: 0, endMs: 9, stable: text.length, timing }
  return { type: 'transcript', segment, final: true, text, language: 'en', ...times, settings, ...change }
}

/** Translates to capitals, sentence by sentence. */
const shouting: Translator = {
  info: { pairs: [{ source: 'en', target: 'pt', model: 'shouting' }] },
  async translate({ text, source }) {
    if (source !== 'en') throw new VoxbridgeError('ERR_LANGUAGE_PAIR', `${source}-pt is not loaded`)
    const sentences = text.split(/(?<=\.) /).map((part) => ({ source: part, target: part.toUpperCase() }))
    return { sentences, model: 'shouting', modelMs: 3 }
  },
}

async function run(input: readonly TextItem[], translator = shouting): Promise<TextItem[]> {
  async function* source(): AsyncGenerator<TextItem> {
    yield* input
  }
  const items: TextItem[] = []
  const { signal } = new AbortController()
  for await (const item of createTranslateStage({ translator, signal })(source())) items.push(item)
  return items
}

void t.test('a transcript passes on and each of its sentences follows, the last one marked', async (t) => {
  t.match(await run([transcript(1, 'One. Two.')]), [
    { type: 'transcript', text: 'One. Two.' },
    { type: 'translation', segment: 1, clause: 0, final: false, text: 'ONE.', language: 'pt' },
    { type: 'translation', segment: 1, clause: 1, final: true, text: 'TWO.', timing: { mtMs: 3 } },
  ])
})

void t.test('what was said in the target language stays as it is', async (t) => {
  const items = await run([transcript(1, 'Olá. Bom dia.', { language: 'pt' })])
  t.match(items[1], { type: 'translation', clause: 0, final: true, text: 'Olá. Bom dia.' })
  t.equal(items.length, 2)
})

void t.test('an empty transcript and a partial one are not translated', async (t) => {
  t.equal((await run([transcript(1, ''), transcript(2, 'Half a', { final: false })])).length, 2)
})

void t.test('an empty translation is told, so that the segment can be closed', async (t) => {
  const translator: Translator = {
    ...shouting,
    translate: async () => ({ sentences: [{ source: 'Hm.', target: ' ' }], model: 'mute', modelMs: 1 }),
  }
  t.match((await run([transcript(1, 'Hm.')], translator))[1], { type: 'translation', text: '', final: true })
})

void t.test('a transcript that fails is told and the next one is translated', async (t) => {
  t.match(await run([transcript(1, 'Hallo.', { language: 'de' }), transcript(2, 'Hello.')]), [
    { type: 'transcript', segment: 1 },
    { type: 'error', code: 'ERR_LANGUAGE_PAIR', segment: 1 },
    { type: 'transcript', segment: 2 },
    { type: 'translation', segment: 2, text: 'HELLO.' },
  ])
})
