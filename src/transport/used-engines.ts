import type { Engines } from '../models/engines.ts'
import type { ChannelSettings } from '../pipeline/stage.ts'
import { chooseVoice } from '../stages/speak/choose-voice.ts'

/** Names of the engines that a channel may ask: all but the voices that are not its own. */
export function usedEngines({ audio, target, voice }: ChannelSettings, engines: Engines): string[] {
  const own = audio ? chooseVoice(engines.synthesizers, target, voice)?.synthesizer : undefined
  const others = engines.synthesizers.filter((synthesizer) => synthesizer !== own)
  const otherVoices = others.flatMap(({ info }) => info.voices.map((voice) => voice.engine))
  return Object.keys(engines.queueDepths()).filter((name) => !otherVoices.includes(name))
}
