/** How long threads may take to end once everything is closed. */
const lastWaitMs = 2000

/**
 * Ends the process at once. `process.exit` would wait for threads that are in native code, and ONNX Runtime's binding
 * aborts with a message of its own when its thread is taken down.
 */
export function killOurselves(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** To be called when nothing is left to do: where a thread does not end, the process ends nevertheless. */
export function leaveStragglers(): void {
  setTimeout(() => {
    process.stderr.write('A model does not come back: the process is ended by force.\n')
    killOurselves()
  }, lastWaitMs).unref()
}
