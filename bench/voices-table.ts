type Cell = string | number | undefined

/** @param rows all with the same columns; a number stands to the right. */
export function markdownTable(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const [first = {}] = rows
  const columns = Object.keys(first)
  const rules = columns.map((column) => (typeof first[column] === 'string' ? '---' : '--:'))
  const line = (cells: readonly Cell[]): string => `| ${cells.map((cell) => cell ?? '').join(' | ')} |`
  return [line(columns), line(rules), ...rows.map((row) => line(columns.map((column) => row[column])))].join(
    '\n',
  )
}
