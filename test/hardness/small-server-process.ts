import { fileURLToPath, pathToFileURL } from 'node:url'
import { outputRateHz, startTestServer, synthesizer } from '../voice-server.ts'
import type { SmallServerSettings } from './small-server.ts'

const { speechMs = 100, ...config } = JSON.parse(process.argv[2] ?? '{}') as SmallServerSettings

/** In pieces as a model gives them. */
async function* speak(): AsyncGenerator<{ samples: Float32Array }> {
  for (let restMs = speechMs; restMs > 0; restMs -= 500) {
    yield { samples: new Float32Array((Math.min(500, restMs) * outputRateHz) / 1000).fill(0.25) }
  }
}

const server = await startTestServer({
  config,
  patient: true,
  engines: { synthesizers: [{ ...synthesizer, synthesize: speak }] },
  publicFolder: fileURLToPath(new URL('public', pathToFileURL(`${process.cwd()}/`))),
})
process.send?.(server.port)
process.on('disconnect', () => process.exit())
