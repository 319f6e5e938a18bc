import { findRoute } from '../stages/translate/routes.ts'
import type { Ready } from './protocol.ts'
import type { SessionOptions } from './session.ts'

/** The first message of a connection: what was agreed on, and the models that serve it. */
export function readyMessage(options: SessionOptions): Ready {
  const { abilities, id, idleTimeoutMs, load, maxFrameBytes, outputRateHz } = options
  const { channelId, inputRateHz, settings } = options.request
  const { source, target } = settings
  const { routes } = abilities.translator
  const used =
    source === 'auto'
      ? routes.filter(({ targets }) => targets.includes(target))
      : [findRoute(routes, source, target)]
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
      translators: [...new Set(used.flatMap((route) => route?.model ?? []))],
      voices: abilities.voices.filter((voice) => voice.language === target).map((voice) => voice.id),
    },
    load,
  }
}
