import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { SpeechChunk, SynthesizeRequest } from '../../src/stages/speak/synthesizer.ts'
import { outputRateHz, startTestServer, synthesizer } from '../voice-server.ts'
import type { SmallServerSettings } from './small-server.ts'

const { ruiSpeaksMs = 100, ...config } = JSON.parse(process.argv[2] ?? '{}') as SmallServerSettings

/** In pieces, each in its own turn of the event loop, as from a worker. */
async function* speak({ voice }: SynthesizeRequest): AsyncGenerator<SpeechChunk> {
  for (let restMs = voice === 'rui' ? ruiSpeaksMs : 100; restMs > 0; restMs -= 500) {
    await nextTurn()
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
