import type { InstalledModel } from './installed.ts'
import type { LockedFile, ModelLock } from './lock.ts'
import { megabytes } from './staging.ts'

const heading = ['MODEL', 'ENGINE', 'LANGUAGES', 'LICENCE', 'MB', 'INSTALLED']

/** What `npm run models list` prints: the models of the lock file, then what else is installed. */
export function formatModelTable(lock: ModelLock, installed: readonly InstalledModel[]): string {
  const byName = new Map(installed.map((model) => [model.name, model]))
  const locked = Object.entries(lock.models).map(([name, { engine, languages, license, files }]) => {
    const model = byName.get(name)
    const size = files.length > 0 ? megabytes(totalBytes(files)) : model ? megabytes(model.bytes) : '?'
    const pinned = files.length > 0 ? 'yes' : 'yes, not pinned'
    const state = model === undefined ? 'no' : model.local ? 'yes, your own' : pinned
    return [name, engine, languages.join(' '), license.spdx, size, state]
  })
  const others = installed
    .filter(({ name }) => !Object.hasOwn(lock.models, name))
    .map(({ name, engine, local, bytes }) => {
      return [name, engine, '', '', megabytes(bytes), local ? 'yes, your own' : 'left over']
    })
  return formatColumns([heading, ...locked, ...others])
}

function totalBytes(files: readonly LockedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}
