/** Where the browser is that the tests and the bench of the page open. */
import { existsSync } from 'node:fs'

/** Undefined where none is installed. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
