import { findRoute } from '../stages/translate/routes.ts'
import type { ChannelSettings } from '../pipeline/stage.ts'
import type { Ready } from './protocol.ts'
import type { SessionOptions } from './session.ts'

/** Parts of it that change while a session lives. */
export interface SessionState extends Pick<Ready, 'received' | 'resumption' | 'load'> {
  readonly settings: ChannelSettings
}

/** The first message of a connection: what was agreed on, and the models that serve it. */
export function readyMessage(options: Omit<SessionOptions, 'load'>, state: SessionState): Ready {
  const { abilities, id, idleTimeoutMs, maxFrameBytes, outputRateHz, resumeWindowMs } = options
  const { channelId, inputRateHz } = options.request
  const { source, target } = state.settings
  const { routes } = abilities.translator
  const used =
    source === 'auto'
      ? routes.filter(({ targets }) => targets.includes(target))
      : [findRoute(routes, source, target)]
  return {
    type: 'ready',
    sessionId: id,
    channelId,
    ...state,
    inputRateHz,
    outputRateHz,
    maxFrameBytes,
    idleTimeoutMs,
    resumeWindowMs,
    models: {
      recognizer: abilities.recognizer.model,
      translators: [...new Set(used.flatMap((route) => route?.model ?? []))],
      voices: abilities.voices.filter((voice) => voice.language === target).map((voice) => voice.id),
    },
  }
}
