import type { Ready } from './protocol.ts'
import type { SessionOptions } from './session.ts'

/** The first message of a connection: what was agreed on, and the models that serve it. */
export function readyMessage(options: SessionOptions): Ready {
  const { abilities, id, idleTimeoutMs, load, maxFrameBytes, outputRateHz } = options
  const { channelId, inputRateHz, settings } = options.request
  const { source, target } = settings
  const pairs = abilities.translator.pairs.filter(
    (pair) => pair.target === target && (source === 'auto' || pair.source === source),
  )
  return {
    type: 'ready',
    sessionId: id,
    channelId,
    settings,
    inputRateHz,
    outputRateHz,
    maxFrameBytes,
    idleTimeoutMs,
    models: {
      recognizer: abilities.recognizer.model,
      translators: pairs.map((pair) => pair.model),
      voices: abilities.voices.filter((voice) => voice.language === target).map((voice) => voice.id),
    },
    load,
  }
}
