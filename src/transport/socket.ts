/**
 * The only importer of uWebSockets.js. Everything else sees `Connection`, `HttpRequest` and `HttpReply`, so that another
 * server is one file.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import uWS, {
  type HttpResponse,
  type TemplatedApp,
  type us_listen_socket,
  type WebSocket,
} from 'uWebSockets.js'
import { toVoxbridgeError, VoxbridgeError } from '../errors.ts'
import { errorReply, type HttpReply, type Route } from './http.ts'

export interface Connection {
  /** False from the moment the connection is closed by either side; nothing is sent from then on. */
  readonly open: boolean
  /** Bytes that wait in this process for the client to take them. */
  readonly bufferedBytes: number
  /** @returns false where the message was dropped because the client is too far behind. */
  send(message: string | Uint8Array): boolean
  /** Resolves once at most `bytes` wait, or the connection is closed. */
  drained(bytes: number): Promise<void>
  close(code: number, reason: string): void
}

/** What a connection does with what arrives. None of these may throw. */
export interface ConnectionHandler {
  onMessage(message: Uint8Array, isBinary: boolean): void
  /** @param code of the client's close frame; 1005 where it named none, 1006 where there was no such frame. */
  onClose(code: number): void
}

export interface SocketServerOptions {
  readonly host: string
  readonly port: number
  readonly path: string
  /** A longer message cuts the connection at once, without a word. */
  readonly maxPayloadBytes: number
  /** Where this many bytes wait for a client, further messages are dropped. */
  readonly maxBackpressureBytes: number
  /**
   * Decides about a connection before it is upgraded.
   * @returns what to do once it is open.
   * @throws VoxbridgeError that becomes the HTTP answer.
   */
  accept(
    query: string,
    options: { readonly signal: AbortSignal },
  ): Promise<(connection: Connection) => ConnectionHandler>
  /** Finds the route of a request. @throws VoxbridgeError that becomes the HTTP answer. */
  route(method: string, path: string): Route
}

export interface SocketServer {
  readonly port: number
  /** No new connection is accepted from now on; those that are open stay. */
  stopListening(): void
  /** Resolves once the HTTP requests that are under way now are answered, or their clients gone. */
  answered(): Promise<void>
  /** Cuts everything. */
  close(): void
}

/** A peer that answers no ping for so long is gone. */
const deadPeerTimeoutS = 32

/** @throws VoxbridgeError ERR_CONFIG where the address cannot be had. */
export async function startSocketServer(options: SocketServerOptions): Promise<SocketServer> {
  const app = uWS.App()
  addWebSocket(app, options)
  const answering = addHttp(app, options)
  const listening = await listen(app, options)
  let accepting = true
  const stopListening = (): void => {
    if (accepting) uWS.us_listen_socket_close(listening)
    accepting = false
  }
  return {
    port: uWS.us_socket_local_port(listening),
    stopListening,
    async answered() {
      await Promise.all(answering)
      // An answer given within a callback of uWS is written when that callback ends.
      await nextTurn()
    },
    close() {
      accepting = false
      app.close()
    },
  }
}

/** Without this, Linux lets a second server share the port and hands it half of the connections. */
const exclusivePort = 1

/** What uWebSockets.js takes beside the forms that its types know. */
type Listen = (
  host: string,
  port: number,
  options: number,
  callback: (socket: us_listen_socket | false) => void,
) => void

function listen(app: TemplatedApp, { host, port }: SocketServerOptions): Promise<us_listen_socket> {
  return new Promise((resolve, reject) => {
    const listenOn = app.listen.bind(app) as unknown as Listen
    listenOn(host, port, exclusivePort, (socket) => {
      if (socket !== false) return resolve(socket)
      const message = `Cannot listen on ${host}:${port}: the port is in use, or the address is not this machine's. Set PORT or HOST.`
      reject(new VoxbridgeError('ERR_CONFIG', message))
    })
  })
}

interface UserData {
  readonly start: (connection: Connection) => ConnectionHandler
  connection?: UwsConnection
  handler?: ConnectionHandler
}

function addWebSocket(app: TemplatedApp, options: SocketServerOptions): void {
  app.ws<UserData>(options.path, {
    compression: uWS.DISABLED,
    maxPayloadLength: options.maxPayloadBytes,
    maxBackpressure: options.maxBackpressureBytes,
    closeOnBackpressureLimit: false,
    idleTimeout: deadPeerTimeoutS,
    sendPingsAutomatically: true,
    upgrade(response, request, context) {
      const query = request.getQuery()
      const key = request.getHeader('sec-websocket-key')
      const protocol = request.getHeader('sec-websocket-protocol')
      const extensions = request.getHeader('sec-websocket-extensions')
      const { signal } = watchAbort(response)
      options.accept(query, { signal }).then(
        (start) => {
          if (signal.aborted) return
          response.cork(() => response.upgrade<UserData>({ start }, key, protocol, extensions, context))
        },
        (error: unknown) => sendReply(response, signal, errorReply(toVoxbridgeError(error)), true),
      )
    },
    open(ws) {
      const data = ws.getUserData()
      data.connection = createConnection(ws)
      data.handler = data.start(data.connection)
    },
    message(ws, message, isBinary) {
      // The buffer is taken away when this function returns.
      ws.getUserData().handler?.onMessage(new Uint8Array(message.slice(0)), isBinary)
    },
    drain(ws) {
      ws.getUserData().connection?.onDrain()
    },
    close(ws, code) {
      const data = ws.getUserData()
      data.connection?.onClose()
      data.handler?.onClose(code)
    },
  })
}

interface UwsConnection extends Connection {
  onDrain(): void
  onClose(): void
}

function createConnection(ws: WebSocket<UserData>): UwsConnection {
  let open = true
  let waiting: { readonly bytes: number; resolve(): void }[] = []
  /** Sends within one call are packed into one write; needed wherever uWS itself did not call us. */
  const corked = (send: () => number): number => {
    let status = 2
    ws.cork(() => (status = send()))
    return status
  }
  const release = (): void => {
    const ready = waiting.filter(({ bytes }) => !open || ws.getBufferedAmount() <= bytes)
    waiting = waiting.filter((waiter) => !ready.includes(waiter))
    for (const waiter of ready) waiter.resolve()
  }
  return {
    get open() {
      return open
    },
    get bufferedBytes() {
      return open ? ws.getBufferedAmount() : 0
    },
    send(message) {
      return open && corked(() => ws.send(message, typeof message !== 'string')) !== 2
    },
    drained(bytes) {
      if (!open || ws.getBufferedAmount() <= bytes) return Promise.resolve()
      return new Promise((resolve) => waiting.push({ bytes, resolve }))
    },
    close(code, reason) {
      if (open) ws.end(code, reason)
    },
    onDrain: release,
    onClose() {
      open = false
      release()
    },
  }
}

/** @returns the requests that are under way; none of them rejects. */
function addHttp(app: TemplatedApp, options: SocketServerOptions): ReadonlySet<Promise<void>> {
  const answering = new Set<Promise<void>>()
  app.any('/*', (response, request) => {
    const { signal } = watchAbort(response)
    const [method, path, query] = [request.getMethod().toUpperCase(), request.getUrl(), request.getQuery()]
    const headers = new Map<string, string>()
    request.forEach((name, value) => headers.set(name, value))
    const withBody = method !== 'HEAD'
    let route: Route
    try {
      route = options.route(method, path)
    } catch (error) {
      return sendReply(response, signal, errorReply(toVoxbridgeError(error)), withBody)
    }
    const answer = readBody(response, signal, route.maxBodyBytes)
      .then((body) => route.handle({ method, path, query, headers, body, signal }))
      .catch((error: unknown) => errorReply(toVoxbridgeError(error)))
      .then((reply) => sendReply(response, signal, reply, withBody))
      .catch(() => void response.close())
      .finally(() => answering.delete(answer))
    answering.add(answer)
  })
  return answering
}

/** Aborts when the client has gone; the response must not be touched from then on. */
function watchAbort(response: HttpResponse): { readonly signal: AbortSignal } {
  const controller = new AbortController()
  response.onAborted(() => controller.abort(new VoxbridgeError('ERR_ABORTED', 'The client went away.')))
  return controller
}

/** Reads a body to its end even where it is too long, within reason, so that the client gets to read the answer. */
function readBody(response: HttpResponse, signal: AbortSignal, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    const chunks: Buffer[] = []
    let bytes = 0
    const tooLarge = (): VoxbridgeError =>
      new VoxbridgeError('ERR_BODY_TOO_LARGE', `The body is too large: at most ${maxBytes} bytes.`)
    response.onData((chunk, isLast) => {
      bytes += chunk.byteLength
      if (bytes <= maxBytes) chunks.push(Buffer.from(chunk.slice(0)))
      else chunks.length = 0
      if (bytes > maxBytes + 64 * 1024 * 1024) reject(tooLarge())
      else if (isLast && bytes > maxBytes) reject(tooLarge())
      else if (isLast) resolve(Buffer.concat(chunks))
    })
  })
}

function sendReply(response: HttpResponse, signal: AbortSignal, reply: HttpReply, withBody: boolean): void {
  if (signal.aborted) return
  response.cork(() => {
    response.writeStatus(reply.status)
    for (const [name, value] of Object.entries(reply.headers)) response.writeHeader(name, value)
    if (withBody) response.end(reply.body)
    else response.endWithoutBody(Buffer.byteLength(reply.body))
  })
}
