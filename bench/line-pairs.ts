/** Texts and their translations, line by line, as FLORES has them: `dev.en` and `dev.pt`. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../src/cli/translate-options.ts'

export interface LinePairs {
  /** Of the files without their endings, e.g. `dev`. */
  readonly name: string
  readonly sources: readonly string[]
  readonly references: readonly string[]
}

/**
 * @param dir holds the files itself or in a folder `flores`
 * @returns one item for each text that is there in both languages
 * @throws UsageError where there is none, or where the lines are not as many
 */
export async function readLinePairs(dir: string, source: string, target: string): Promise<LinePairs[]> {
  const folders = [dir, join(dir, 'flores')].filter((folder) => existsSync(folder))
  const pairs: LinePairs[] = []
  for (const folder of folders) {
    const files = await readdir(folder)
    const names = files
      .filter((file) => file.endsWith(`.${source}`))
      .map((file) => file.slice(0, -source.length - 1))
    for (const name of names.filter((name) => files.includes(`${name}.${target}`)).sort()) {
      const sources = await readLines(join(folder, `${name}.${source}`))
      const references = await readLines(join(folder, `${name}.${target}`))
      if (sources.length !== references.length) {
        throw new UsageError(
          `${name}.${source} has ${sources.length} lines and ${name}.${target} ${references.length}: they do not belong together`,
        )
      }
      pairs.push({ name, sources, references })
    }
  }
  if (pairs.length > 0) return pairs
  throw new UsageError(`${dir} has no NAME.${source} with a NAME.${target} beside it`)
}

async function readLines(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n')
}
