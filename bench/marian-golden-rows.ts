/**
 * Compares imported en-pt and pt-en students with the golden rows, which are exact for models imported with
 * `--precision fp32`. Run it in the repository's root.
 *
 *     npx tsc -p bench && node dist-bench/bench/marian-golden-rows.js MODEL_DIR...
 */
import { MarianModel } from '../src/stages/translate/marian/model.ts'
import { goldenRows } from '../test/fixtures/marian-golden-rows.ts'

const allRows = Object.entries(await goldenRows('test/fixtures/marian-golden-rows.json'))
for (const modelDir of process.argv.slice(2)) {
  const model = await MarianModel.load(modelDir, { threads: 1 })
  const pair = `${model.pair.source}-${model.pair.target}`
  const rows = allRows.find(([name]) => name === pair)?.[1] ?? []
  const equal = { sourceIds: 0, shortlist: 0, targetIds: 0, text: 0 }
  for (const row of rows) {
    const sourceIds = model.sourceIds(row.source)
    const shortlist = model.shortlist(sourceIds)
    const targetIds = await model.decode(sourceIds, { aborted: false })
    const text = await model.translate(row.source, { aborted: false })
    const sum = shortlist.reduce((total, id) => total + id, 0)
    if (sourceIds.join() === row.sourceIds.join()) equal.sourceIds++
    if (shortlist.length === row.shortlistLength && sum === row.shortlistSum) equal.shortlist++
    if (targetIds?.join() === row.targetIds.join()) equal.targetIds++
    if (text === row.target) equal.text++
    else console.log(`  ${text}\n    instead of ${row.target}`)
  }
  const counts = Object.entries(equal).map(([name, count]) => `${name} ${count}/${rows.length}`)
  console.log(`${pair}: ${counts.join(', ')}`)
  await model.close()
}
