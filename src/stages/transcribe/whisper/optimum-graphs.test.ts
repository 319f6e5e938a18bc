import { join } from 'node:path'
import t from 'tap'
import { readGoldenRows, tone, whisperOptimumDir } from '../../../../test/fixtures/whisper-optimum.ts'
import { type GenerationOptions, generate } from './generation.ts'
import { type Decoding } from './graphs.ts'
import { optimumWhisperImporter } from './import-optimum.ts'
import { engineModule } from './index.ts'
import { WhisperModel } from './model.ts'
import { chooseToken } from './token-rules.ts'

const dir = t.testdir({ int8: {}, fp16: {}, fp32: {} })
const precisions = ['int8', 'fp16', 'fp32'] as const
for (const precision of precisions) {
  await optimumWhisperImporter.run(whisperOptimumDir, join(dir, precision), { settings: { precision } })
}
const exact = await WhisperModel.load(join(dir, 'fp32'), { threads: 1 })
const engine = await engineModule.load({ modelDirs: [join(dir, 'fp32')], threads: 1 })
t.teardown(() => Promise.all([exact.release(), engine.close()]))

/** Portuguese, without timestamps. */
const prompt = [95, 97, 100, 102]
const contextSamples = 32_000

async function listen(model: WhisperModel, samples: Float32Array): Promise<Decoding> {
  return model.encode(await model.features(samples, contextSamples))
}

async function readRows(model: WhisperModel, ...portions: number[][]): Promise<number[][]> {
  const decoding = await listen(model, tone(0.3, 0.2))
  const rows: number[][] = []
  for (const portion of portions) rows.push(...(await decoding.read(portion, 0)).map((row) => [...row]))
  return rows
}

function largestDifference(a: readonly number[][], b: readonly number[][]): number {
  const flat = b.flat()
  return Math.max(...a.flat().map((value, index) => Math.abs(value - (flat[index] ?? NaN))))
}

t.test('the tokens are those of transformers', async (t) => {
  for (const { samples, ids } of await readGoldenRows()) {
    const decoding = await listen(exact, samples)
    const tokens: number[] = []
    let [logits = new Float32Array()] = await decoding.read(prompt)
    while (tokens.length < ids.length) {
      const token = chooseToken(logits, tokens, exact.description, false)
      tokens.push(token)
      ;[logits = new Float32Array()] = await decoding.read([token])
    }
    t.same(tokens, ids)
  }
})

t.test('tokens can be read in portions, and forgotten', async (t) => {
  const whole = await readRows(exact, [...prompt, 7, 8, 9])
  t.equal(whole.length, 7)
  for (const portions of [
    [prompt, [7], [8], [9]],
    [[95], [97, 100, 102], [7, 8, 9]],
  ]) {
    t.ok(largestDifference(whole, await readRows(exact, ...portions)) < 1e-4)
  }
  const other = await readRows(exact, [...prompt, 7, 30, 31])
  t.ok(largestDifference(whole.slice(0, 5), other.slice(0, 5)) < 1e-5, 'a token does not see the next')

  const decoding = await listen(exact, tone(0.3, 0.2))
  await decoding.read([...prompt, 7, 30, 31])
  decoding.truncate(5)
  t.equal(decoding.length, 5)
  const rows = [...(await decoding.read([8])), ...(await decoding.read([9]))].map((row) => [...row])
  t.ok(largestDifference(whole.slice(5), rows) < 1e-4)
  decoding.truncate(4)
  decoding.truncate(6)
  const [last = new Float32Array()] = await decoding.read([7, 8, 9], 2)
  t.ok(largestDifference(whole.slice(6), [[...last]]) < 1e-4, 'several again')
})

t.test('smaller precisions run', async (t) => {
  const whole = await readRows(exact, [...prompt, 7, 8])
  const spread = Math.max(...whole.flat()) - Math.min(...whole.flat())
  for (const precision of ['int8', 'fp16']) {
    const model = await WhisperModel.load(join(dir, precision), { threads: 1 })
    t.teardown(() => model.release())
    const error = largestDifference(whole, await readRows(model, prompt, [7], [8]))
    t.ok(error > 0 && error < spread * 0.1, `${precision} differs by ${error} of ${spread}`)
  }
})

t.test('the engine tells what the fixed context costs', (t) => {
  t.equal(engine.info.model, 'fp32')
  t.match(engine.info.note, /fixed context of 2 s: .* CTranslate2 .* faster/)
  t.end()
})

async function generateText(changes: Partial<GenerationOptions>): Promise<readonly number[]> {
  const generation = await generate(await listen(exact, tone(0.22, 0.21)), exact.description, {
    language: 'pt',
    candidates: [],
    prefix: [],
    draft: [],
    speechSeconds: 1,
    timestamps: false,
    signal: { aborted: false },
    ...changes,
  })
  return generation.tokens
}

t.test('prefix and draft work as with our own graphs', async (t) => {
  for (const language of ['pt', undefined]) {
    const tokens = await generateText({ language })
    t.ok(new Set(tokens).size > 3, tokens.join())
    const wrong = tokens.with(1, tokens[1] === 3 ? 4 : 3)
    for (const draft of [tokens, tokens.slice(0, 4), wrong, [3, 3, 3], [...tokens, 5, 6, 7]]) {
      t.same(await generateText({ language, draft }), tokens, `draft ${draft.join()}`)
    }
  }
  const tokens = await generateText({})
  const prefix = tokens.slice(0, 3)
  t.same(await generateText({ prefix }), tokens)
  t.same(await generateText({ prefix, draft: tokens.slice(3) }), tokens)
})

t.test('audio of any length is heard', async (t) => {
  for (const lengthSamples of [0, 1, 16_000, 32_000]) {
    const request = { samples: tone(0.5, 0.3, lengthSamples), language: 'auto' }
    for await (const { text, language } of engine.run(request, { signal: { aborted: false } })) {
      t.type(text, 'string')
      t.ok(engine.info.languages.includes(language))
    }
  }
})
