// @ts-check
/** Push to talk: by the space bar, wherever it does not type or press something else, or by the button. */
import { button } from './page.js'

/** Whether one of them is held. */
export let held = false

/**
 * @param {() => boolean} isOn
 * @param {() => void} onChange told when `held` changes
 */
export function watchHolding(isOn, onChange) {
  const talk = button('talk')
  const hold = (/** @type {boolean} */ holding) => {
    if (held === holding) return
    held = holding
    talk.classList.toggle('held', held)
    onChange()
  }
  document.addEventListener('keydown', (event) => {
    if (event.key !== ' ' || !isOn()) return
    if (event.target instanceof Element && event.target.closest('input, select, button:not(#talk), dialog'))
      return
    event.preventDefault()
    hold(true)
  })
  // Wherever the focus has gone in the meantime.
  document.addEventListener('keyup', (event) => {
    if (event.key !== ' ' || !held) return
    event.preventDefault()
    hold(false)
  })
  talk.addEventListener('pointerdown', ({ pointerId }) => {
    talk.setPointerCapture(pointerId)
    hold(true)
  })
  talk.addEventListener('lostpointercapture', () => hold(false))
  window.addEventListener('blur', () => hold(false))
}
