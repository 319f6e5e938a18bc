/** Whether the compiled modules load. They are imported here for the first time: one that cannot must not end us. */
import { createRequire } from 'node:module'
import { type Finding, failure, ok, reasonOf } from './finding.ts'

interface NativeModule {
  readonly subject: string
  /** Loads it, lets it do something, and says what it is. */
  readonly use: () => Promise<string>
}

const reinstall =
  'Install the packages again with npm ci, on this machine and with this Node: a node_modules folder cannot be carried to another system.'

export const nativeModules: readonly NativeModule[] = [
  { subject: 'uWebSockets.js', use: useSocket },
  { subject: 'ONNX Runtime', use: useOnnxRuntime },
]

export async function checkNativeModule({ subject, use }: NativeModule): Promise<Finding> {
  try {
    return ok(subject, await use())
  } catch (error) {
    return failure(subject, reasonOf(error), reinstall)
  }
}

/** Listens on any free port for a moment. */
async function useSocket(): Promise<string> {
  const { App, us_listen_socket_close: close, us_socket_local_port: portOf } = await import('uWebSockets.js')
  const port = await new Promise<number>((resolve, reject) => {
    App().listen('127.0.0.1', 0, (socket) => {
      if (socket === false) return reject(new Error('it cannot listen on 127.0.0.1'))
      resolve(portOf(socket))
      close(socket)
    })
  })
  return `loads, and listened on port ${port}`
}

async function useOnnxRuntime(): Promise<string> {
  await import('../models/no-telemetry.ts')
  const { listSupportedBackends } = await import('onnxruntime-node')
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }
  const names = listSupportedBackends().map(({ name, bundled }) =>
    bundled ? name : `${name} (not in the package)`,
  )
  return `${version}, providers: ${names.join(', ')}`
}
