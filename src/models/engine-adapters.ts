/** Shows an engine's client as what it does: one answer for recognisers and translators, a stream for voices. */
import { VoxbridgeError } from '../errors.ts'
import type {
  TurnDetector,
  TurnDetectorInfo,
  TurnJudgement,
  TurnRequest,
} from '../stages/segment/turn-detector.ts'
import type {
  SpeechChunk,
  SynthesizeRequest,
  Synthesizer,
  SynthesizerInfo,
} from '../stages/speak/synthesizer.ts'
import type {
  Recognition,
  RecognizeRequest,
  Recognizer,
  RecognizerInfo,
} from '../stages/transcribe/recognizer.ts'
import type {
  TranslateRequest,
  TranslationResult,
  Translator,
  TranslatorInfo,
} from '../stages/translate/translator.ts'
import type { RequestOptions } from './request-queue.ts'
import type { EngineClient } from './worker-client.ts'

type TurnClient = EngineClient<TurnRequest, TurnJudgement, TurnDetectorInfo>
type RecognizerClient = EngineClient<RecognizeRequest, Recognition, RecognizerInfo>
type TranslatorClient = EngineClient<TranslateRequest, TranslationResult, TranslatorInfo>
type SynthesizerClient = EngineClient<SynthesizeRequest, SpeechChunk, SynthesizerInfo>

export function asTurnDetector(client: TurnClient): TurnDetector {
  return { info: client.info, judge: (request, options) => onlyItem(client, request, options) }
}

export function asRecognizer(client: RecognizerClient): Recognizer {
  return { info: client.info, recognize: (request, options) => onlyItem(client, request, options) }
}

export function asTranslator(client: TranslatorClient): Translator {
  return { info: client.info, translate: (request, options) => onlyItem(client, request, options) }
}

export function asSynthesizer(client: SynthesizerClient): Synthesizer {
  return { info: client.info, synthesize: (request, options) => client.run(request, options) }
}

async function onlyItem<Request, Item>(
  client: EngineClient<Request, Item, unknown>,
  request: Request,
  options: RequestOptions,
): Promise<Item> {
  for await (const item of client.run(request, options)) return item
  throw new VoxbridgeError('ERR_ENGINE', 'The engine gave no answer.')
}
