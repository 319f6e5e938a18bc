/** Tables of nouns that are counted. */
import type { Gender, Noun } from './language.ts'

/**
 * @param nouns by sign: "metre|metres", or one form for both.
 */
export function nounTable(
  nouns: Readonly<Record<string, string>>,
  gender: Gender = 'masculine',
): Readonly<Record<string, Noun>> {
  return Object.fromEntries(
    Object.entries(nouns).map(([sign, forms]) => {
      const [one = '', many = one] = forms.split('|')
      return [sign, { one, many, gender }]
    }),
  )
}
