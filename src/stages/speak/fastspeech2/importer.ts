import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelImporter } from '../../../models/engine.ts'
import { checkSameFormat } from '../hifigan/frames.ts'
import { copyGraph, readPrecision } from '../hifigan/graph-files.ts'
import { readJsonFields, readVocoderFormat } from '../hifigan/vocoder-json.ts'
import { type VoiceDescription, writeVoiceModelDescription } from '../voice-model.ts'
import { readTokenTable } from './token-table.ts'
import { type VoiceJson, readVoiceJson } from './voice-json.ts'

/**
 * A voice as it is exported: `acoustic.onnx`, `tokens.txt`, `voice.json`, and `vocoder.onnx` with `vocoder.json` where
 * it brings a vocoder. Of several speakers each becomes a voice.
 */
export const fastspeech2Importer: ModelImporter = {
  format: 'fastspeech2',
  description:
    'FastSpeech2 with or without its HiFi-GAN (scripts/export_to_onnx.py); settings: precision=fp32, fp16, int8, ..., id=NAME',

  detect(files) {
    return files.includes('voice.json') && files.some((file) => /^acoustic\w*\.onnx$/.test(file))
  },

  async run(sourceDir, targetDir, { settings }) {
    const precision = readPrecision(settings)
    const voice = await readVoiceJson(sourceDir)
    const has = (file: string): boolean => existsSync(join(sourceDir, file))
    const copy = (file: string): Promise<void> => copyFile(join(sourceDir, file), join(targetDir, file))
    await readTokenTable(sourceDir)
    for (const file of ['voice.json', 'tokens.txt']) await copy(file)
    await copyGraph(sourceDir, targetDir, 'acoustic', precision)
    if (has('vocoder.json')) {
      checkSameFormat(voice.format, readVocoderFormat(await readJsonFields(sourceDir, 'vocoder.json')))
      await copy('vocoder.json')
    }
    // Made of convolutions, a vocoder has fewer precisions than the rest.
    const vocoderPrecision = precision === 'fp16' && has('vocoder_fp16.onnx') ? 'fp16' : 'fp32'
    if (has('vocoder.onnx')) await copyGraph(sourceDir, targetDir, 'vocoder', vocoderPrecision)
    const { sampleRate } = voice.format
    const voices = describeVoices(voice, settings['id'] ?? voice.id)
    const description = { engine: 'fastspeech2', precision, sampleRate, voices }
    await writeVoiceModelDescription(targetDir, description)
  },
}

/** In the order of the model's speakers. */
function describeVoices(voice: VoiceJson, id: string): VoiceDescription[] {
  const { speakers, language, espeakVoice, gender } = voice
  if (speakers === 1) return [{ id, language, espeakVoice, ...(gender && { gender }) }]
  return Array.from({ length: speakers }, (_, speaker) => ({ id: `${id}-${speaker}`, language, espeakVoice }))
}
