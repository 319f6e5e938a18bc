export type Cell = string | number | undefined

/** Numbers are set to the right; undefined is a dash. */
export function markdownTable(heading: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumeric = (column: number): boolean => rows.every((row) => typeof row[column] !== 'string')
  const line = (cells: readonly Cell[]): string =>
    `| ${cells.map((cell) => String(cell ?? '–').replaceAll('|', '\\|')).join(' | ')} |\n`
  const rule = heading.map((_, column) => (isNumeric(column) ? '---:' : '---'))
  return [line(heading), line(rule), ...rows.map(line)].join('')
}
