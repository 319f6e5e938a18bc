const names = new Intl.DisplayNames('en', { type: 'language' })

/** @param code ISO 639-1, e.g. `pt` for Portuguese */
export function languageName(code: string): string {
  return names.of(code) ?? code
}
