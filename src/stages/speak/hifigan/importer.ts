import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelImporter } from '../../../models/engine.ts'
import { descriptionFile } from '../../../models/installed.ts'
import { copyGraph, readPrecision, vocoderPrecisions } from './graph-files.ts'
import { readJsonFields, readVocoderFormat } from './vocoder-json.ts'

/** A vocoder by itself, for voices that come without one. The engine that these voices have loads it. */
export const hifiganImporter: ModelImporter = {
  format: 'hifigan',
  description: 'HiFi-GAN without a voice (vocoder.onnx and vocoder.json); settings: precision=fp32, fp16',

  detect(files) {
    return files.includes('vocoder.json') && !files.includes('voice.json')
  },

  async run(sourceDir, targetDir, { settings }) {
    const precision = readPrecision(settings, vocoderPrecisions)
    readVocoderFormat(await readJsonFields(sourceDir, 'vocoder.json'))
    await copyGraph(sourceDir, targetDir, 'vocoder', precision)
    await copyFile(join(sourceDir, 'vocoder.json'), join(targetDir, 'vocoder.json'))
    const description = { engine: 'fastspeech2', precision, voices: [] }
    await writeFile(join(targetDir, descriptionFile), `${JSON.stringify(description, undefined, 2)}\n`)
  },
}
