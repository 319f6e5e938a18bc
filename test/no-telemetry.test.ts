/** ONNX Runtime collects and sends usage data by default, and leaves its files in the user's cache folder. */
import { readdirSync } from 'node:fs'
import t from 'tap'
import { readConfig } from '../src/config.ts'
import { startServer } from './server.ts'

t.test('the server collects nothing for the maker of a library', async (t) => {
  const cacheDir = t.testdir({})
  const { stop } = await startServer(t, {
    XDG_CACHE_HOME: cacheDir,
    MODELS_DIR: readConfig().modelsDir,
    // Either would keep it quiet without us.
    CI: undefined,
    ORT_DISABLE_TELEMETRY: undefined,
  })
  await stop()
  t.same(readdirSync(cacheDir), [])
})
