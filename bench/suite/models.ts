/** `--models`: which of the installed models a bench takes. */
import { UsageError } from '../../src/cli/translate-options.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { installedModels } from '../../src/models/installed.ts'
import { engineRole } from '../../src/models/registry.ts'

export interface ChosenModel {
  readonly name: string
  readonly engine: string
  readonly role: string
}

/** For `parseArgs`. */
export const modelOptions = { models: { type: 'string' } } as const

/**
 * @param list names separated by commas
 * @throws UsageError that lists what is installed
 */
export async function chooseModels(list: string | undefined): Promise<ChosenModel[]> {
  if (list === undefined) return []
  const installed = (await installedModels(readConfig().modelsDir)).flatMap(({ name, engine }) => {
    const role = engineRole(engine)
    return role === undefined ? [] : [{ name, engine, role }]
  })
  return list.split(',').map((name) => {
    const model = installed.find((other) => other.name === name.trim())
    if (model) return model
    const names = installed.map((other) => other.name).join(', ')
    throw new UsageError(`--models ${name}: there is no such model; installed are ${names}`)
  })
}

/** The settings of a server with these models; the Marian ones are taken all together. */
export function serverSettings(models: readonly ChosenModel[]): Record<string, string> {
  const recognizer = models.find(({ role }) => role === 'recognizer')
  const translator = models.find(({ role }) => role === 'translator')
  const voices = models.filter(({ role }) => role === 'voice').map(({ name }) => name)
  return {
    ...(recognizer ? { WHISPER_MODEL: recognizer.name } : {}),
    ...(translator ? { MT_MODEL: translator.engine === 'marian' ? 'marian' : translator.name } : {}),
    ...(voices.length > 0 ? { TTS_MODEL: voices.join(',') } : {}),
  }
}

/** What the results of a server say about its models. */
export function serverParams(
  models: readonly ChosenModel[],
  config: Config = readConfig(),
): Record<string, string> {
  const settings = serverSettings(models)
  return {
    whisper: settings['WHISPER_MODEL'] ?? config.whisperModel,
    mt: settings['MT_MODEL'] ?? config.mtModel,
    tts: settings['TTS_MODEL'] ?? config.ttsModels.join(','),
  }
}
