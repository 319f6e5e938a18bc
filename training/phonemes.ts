/**
 * Reads lines of text on standard input and writes, for each that can be spoken, one line of JSON with the symbols and
 * token ids that the server would give the voice. The voice is trained on exactly what it will be asked for.
 *
 *     npx tsc -p training && node dist-bench/training/phonemes.js --language pt --voice pt-br < train.txt
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createEspeakPhonemizer } from '../src/stages/speak/espeak-phonemizer.ts'
import { kokoroPhonemes, tokenIds } from '../src/stages/speak/kokoro-phonemes.ts'
import { speakableText } from '../src/stages/speak/speakable-text.ts'

const { values } = parseArgs({
  options: {
    /** ISO 639-1 code. */
    language: { type: 'string', default: 'pt' },
    /** Voice of espeak-ng. */
    voice: { type: 'string', default: 'pt-br' },
  },
})
const { language, voice } = values
const phonemizer = await createEspeakPhonemizer()

for await (const text of createInterface({ input: process.stdin })) {
  const phonemes = kokoroPhonemes(speakableText(text, language), voice, phonemizer)
  if (phonemes === '') continue
  const line = JSON.stringify({ text, phonemes, ids: tokenIds(phonemes) })
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
}
