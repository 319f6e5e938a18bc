/** Whisper names one language otherwise than ISO 639-1 does. */
const isoOfWhisper: Readonly<Record<string, string>> = { jw: 'jv' }

/** The ISO 639 code of a language token such as `<|pt|>`, undefined where the token is something else. */
export function languageOfToken(token: string): string | undefined {
  const code = /^<\|([a-z]{2,3})\|>$/.exec(token)?.[1]
  return code === undefined ? undefined : (isoOfWhisper[code] ?? code)
}
