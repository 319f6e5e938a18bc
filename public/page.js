// @ts-check
/** The places of the page by their ids. */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function element(id, kind) {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${kind.name} ${id}`)
}
export const button = (/** @type {string} */ id) => element(id, HTMLButtonElement)
export const input = (/** @type {string} */ id) => element(id, HTMLInputElement)
export const place = (/** @type {string} */ id) => element(id, HTMLElement)

/**
 * A screen reader says a text each time it is written.
 * @param {string} id
 * @param {string} text
 */
export function setText(id, text) {
  if (place(id).textContent !== text) place(id).textContent = text
}

/**
 * @param {string} text
 * @throws Error where the browser does not allow it
 */
export async function copyText(text) {
  if (!navigator.clipboard) throw new Error('Browsers let only pages from localhost or over HTTPS copy.')
  await navigator.clipboard.writeText(text)
}

/** @param {unknown} error @returns {string} */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error))
