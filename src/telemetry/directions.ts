/** What is translated into what. */
export interface Direction {
  /** ISO 639-1 code; `auto` as long as it is not known; `text` of a text that was only to be said. */
  readonly src: string
  /** ISO 639-1 code. */
  readonly tgt: string
}

/** A model of a hundred languages has ten thousand pairs, and each is some ninety series. */
const maxDirections = 32
const other: Direction = { src: 'other', tgt: 'other' }

/** Keeps the number of directions bounded: those beyond the first so many are one. */
export class DirectionLabels {
  readonly #known = new Set<string>()

  /** @returns whether the direction is new, and gets series of its own. */
  add(direction: Direction): boolean {
    const name = nameOf(direction)
    if (this.#known.has(name) || this.#known.size >= maxDirections) return false
    this.#known.add(name)
    return true
  }

  of(direction: Direction): { src: string; tgt: string } {
    this.add(direction)
    const { src, tgt } = this.#known.has(nameOf(direction)) ? direction : other
    return { src, tgt }
  }
}

function nameOf({ src, tgt }: Direction): string {
  return `${src}-${tgt}`
}
