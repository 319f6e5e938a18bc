/** Web and e-mail addresses, file names, handles and hashtags. */
import type { Reading, SignNames, SpokenLanguage } from './language.ts'

const label = '[\\p{L}\\d](?:[\\p{L}\\d-]{0,62}[\\p{L}\\d])?'
const host = `${label}(?:\\.${label})*\\.\\p{L}{2,18}`
const email = new RegExp(`(?:mailto:)?[\\p{L}\\d][\\p{L}\\d._%+-]{0,63}@${host}`, 'giu')
const url = new RegExp(
  `(?:(?:https?|ftp)://(?:[^\\s/@]+@)?(?:${host}|localhost)|(?<![\\p{L}\\d@.-])www\\.${host})(?::\\d+)?(?:[/?#][^\\s<>"]*)?`,
  'giu',
)
/** Endings under which a bare "my-shop.co.uk" or "config.json" is an address; others may be a missing space. */
const endings =
  'com|org|net|edu|gov|info|io|ai|app|dev|tv|me|eu|us|uk|ca|au|nz|ie|za|br|pt|ar|mx|cl|pe|fr|be|ch|it|de|nl|es|in|jp|cn|' +
  'json|pdf|txt|docx?|xlsx?|pptx?|csv|jpe?g|png|gif|svg|mp3|mp4|wav|zip|html?|xml|js|ts|py|exe|md|ya?ml'
const bareAddress = new RegExp(
  `(?<![\\p{L}\\d@.-])(?=[\\p{L}\\d.-]*\\p{L})${label}(?:\\.${label})*\\.(?:${endings})(?:/[\\p{L}\\d/_-]*)?(?![\\p{L}\\d@-]|\\.\\p{L})`,
  'gu',
)
const handle = /(?<![\p{L}\d])@(?=[\p{L}\d_])[\p{L}\d_.]{1,40}(?<!\.)/gu
const hashtag = /(?<![\p{L}\d])#(?=\p{L})[\p{L}\p{M}\d_]{1,60}/gu

/** A path is said as far as anybody would: no query, no long or coded parts. */
const sayablePath = /^\/[\p{L}-]{1,20}(?:\/[\p{L}-]{1,20})?\/?$/u

export function addresses(language: SpokenLanguage): Reading {
  const { signs } = language
  const say = (address: string): string => spellSigns(address, signs)
  return (text) =>
    text
      .replace(email, (address) => say(address.replace(/^mailto:/iu, '')))
      .replace(url, (written) => {
        const [address = '', trailing = ''] = splitTrailing(written)
        const bare = address.replace(/^(?:https?|ftp):\/\/(?:[^\s/@]+@)?/iu, '')
        const start = /[/?#:]/u.exec(bare)?.index ?? bare.length
        const path = bare.slice(start)
        return say(bare.slice(0, start) + (sayablePath.test(path) ? path.replace(/\/$/u, '') : '')) + trailing
      })
      .replace(bareAddress, say)
      .replace(handle, say)
      .replace(hashtag, (tag) => say(tag.slice(1)))
}

/** The full stop or bracket after an address belongs to the sentence. */
function splitTrailing(written: string): [address: string, trailing: string] {
  const address = written.replace(/[.,;:!?)\]'»”]+$/u, '')
  return [address, written.slice(address.length)]
}

function spellSigns(address: string, signs: SignNames): string {
  return address
    .replace(/^www(?=\.)/iu, 'w.w.w')
    .replace(/(?<=^w\.w\.w|\p{L}\p{L}|\d)\./gu, ` ${signs.dot} `)
    .replace(/(?<!\.)(?<=\p{L})\.(?=[\p{L}\d]{2})/gu, ` ${signs.dot} `)
    .replaceAll('@', ` ${signs.at} `)
    .replaceAll('/', ` ${signs.slash} `)
    .replaceAll('-', ` ${signs.dash} `)
    .replaceAll('_', ` ${signs.underscore} `)
    .replaceAll('+', ` ${signs.plus} `)
    .replaceAll('%', ` ${signs.percent} `)
    .trim()
}
