// @ts-check
/** The token of a server that asks for one; it is kept for as long as the tab is open. */
import { element, input, setText } from './page.js'

const key = 'voxbridge-token'

export let token = readKept()

/** @type {Promise<void> | undefined} */
let asking

/**
 * Asks the visitor for another token than the present one; several who want it ask once.
 * @param {string} words of the server that says why
 */
export function askForToken(words) {
  asking ??= showDialog(words).finally(() => (asking = undefined))
  return asking
}

/** @param {string} words */
async function showDialog(words) {
  const dialog = element('token', HTMLDialogElement)
  setText(
    'token-reason',
    token ? words : 'This server lets in whoever has a token. Ask its operator for one.',
  )
  dialog.showModal()
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }))
  token = input('token-text').value.trim()
  input('token-text').value = ''
  try {
    sessionStorage.setItem(key, token)
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}

function readKept() {
  try {
    return sessionStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}
