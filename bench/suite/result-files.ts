/** The files that a bench leaves behind. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderPng } from '../charts/png.ts'
import type { BenchResult } from './bench.ts'
import type { Origin } from './machine.ts'

export interface ResultFile {
  /** Below the folder of the results. */
  readonly path: string
  readonly content: string | Uint8Array
}

/** Figures as JSON come first, then the table as Markdown, and each chart as SVG and PNG. */
export async function resultFiles(
  bench: string,
  result: BenchResult,
  origin: Origin & { readonly interrupted: boolean },
): Promise<[ResultFile, ...ResultFile[]]> {
  const { charts, table, ...data } = result
  const images = await Promise.all(
    charts.map(async ({ name, svg }) => [
      { path: `${bench}-${name}.svg`, content: svg },
      { path: `${bench}-${name}.png`, content: await renderPng(svg) },
    ]),
  )
  return [
    { path: `${bench}.json`, content: `${JSON.stringify({ bench, ...origin, ...data }, null, 2)}\n` },
    { path: `${bench}.md`, content: table },
    ...images.flat(),
  ]
}

export async function writeFiles(dir: string, files: readonly ResultFile[]): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const { path, content } of files) await writeFile(join(dir, path), content)
}
