/**
 * The only importer of uWebSockets.js. Everything else sees `Connection`, `HttpRequest` and `HttpReply`, so that another
 * server is one file.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import uWS, {
  type HttpRequest as UwsRequest,
  type HttpResponse,
  type TemplatedApp,
  type us_listen_socket,
  type WebSocket,
} from 'uWebSockets.js'
import type { TlsFiles } from '../config-doors.ts'
import { toVoxbridgeError, VoxbridgeError } from '../errors.ts'
import { formatAddress } from './auth/client-address.ts'
import { findFreePort } from './free-port.ts'
import { errorReply, type HttpReply, type RequestHead, type Route, type Router } from './http.ts'
import { readBody } from './request-body.ts'

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
  /** Undefined: without encryption. */
  readonly tls: TlsFiles | undefined
  /** Subprotocols that the server speaks; none is answered where a client offers no one of them. */
  readonly subprotocols: readonly string[]
  /** Decides about a TCP connection before anything is read from it. @param peer its IP address. */
  admit(peer: string): boolean
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
    head: RequestHead,
    options: { readonly signal: AbortSignal },
  ): Promise<(connection: Connection) => ConnectionHandler>
  readonly route: Router
}

export interface SocketServer {
  readonly port: number
  /** No new connection is accepted from now on; those that are open stay. */
  stopListening(): void
  /**
   * Whoever connects from now on meets the certificate that is in the files now.
   * @throws VoxbridgeError ERR_CONFIG where they do not hold one, and the old one stays.
   */
  renewCertificate(): Promise<void>
  /** Resolves once the HTTP requests that are under way now are answered, or their clients gone. */
  answered(): Promise<void>
  /** Cuts everything. */
  close(): void
}

/** A peer that answers no ping for so long is gone. */
const deadPeerTimeoutS = 32

/** @throws VoxbridgeError ERR_CONFIG where the address cannot be had. */
export async function startSocketServer(options: SocketServerOptions): Promise<SocketServer> {
  const answering = new Set<Promise<void>>()
  const first = createApp(options, answering)
  /** The last one listens; those before it have connections from the time of an older certificate. */
  const apps = [first]
  let listening: us_listen_socket | undefined = await listenFirst(first, options)
  const port = uWS.us_socket_local_port(listening)
  const stopListening = (): void => {
    if (listening !== undefined) uWS.us_listen_socket_close(listening)
    listening = undefined
  }
  return {
    port,
    stopListening,
    async renewCertificate() {
      const app = createApp(options, answering)
      if (listening === undefined) return
      apps.push(app)
      // Nobody can come between these two: both are done before the event loop goes on.
      stopListening()
      listening = await listen(app, { ...options, port })
    },
    async answered() {
      await Promise.all(answering)
      // An answer given within a callback of uWS is written when that callback ends.
      await nextTurn()
    },
    close() {
      stopListening()
      for (const app of apps) app.close()
    },
  }
}

function createApp(options: SocketServerOptions, answering: Set<Promise<void>>): TemplatedApp {
  const app = options.tls ? createTlsApp(options.tls) : uWS.App()
  // uWebSockets.js itself cuts whoever takes longer than some twelve seconds for a request, or sends too slowly.
  app.filter((response, change) => {
    if (Number(change) > 0 && !options.admit(addressOf(response))) response.close()
  })
  addWebSocket(app, options)
  addHttp(app, options, answering)
  return app
}

function createTlsApp({ cert, key }: TlsFiles): TemplatedApp {
  try {
    return uWS.SSLApp({ cert_file_name: cert, key_file_name: key })
  } catch (error) {
    const message = `TLS_CERT and TLS_KEY are no certificate and its private key: ${cert}, ${key}.`
    throw new VoxbridgeError('ERR_CONFIG', message, { cause: error })
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

/**
 * A certificate is renewed by listening anew, and the kernel gives a number that it chose itself to nobody else while
 * connections of the first are open. So where any port will do, one that is free is asked for by its number.
 */
async function listenFirst(app: TemplatedApp, options: SocketServerOptions): Promise<us_listen_socket> {
  const anyPort = options.port === 0 && options.tls !== undefined
  return listen(app, anyPort ? { ...options, port: await findFreePort(options.host) } : options)
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
      const head = readHead(response, request)
      const key = request.getHeader('sec-websocket-key')
      const offered = request.getHeader('sec-websocket-protocol').split(',')
      const protocol =
        options.subprotocols.find((name) => offered.some((other) => other.trim() === name)) ?? ''
      const extensions = request.getHeader('sec-websocket-extensions')
      const { signal } = watchAbort(response)
      options.accept(head, { signal }).then(
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

/** @param answering the requests that are under way; none of them rejects. */
function addHttp(
  app: TemplatedApp,
  options: Pick<SocketServerOptions, 'route'>,
  answering: Set<Promise<void>>,
): void {
  app.any('/*', (response, request) => {
    const { signal } = watchAbort(response)
    const head = readHead(response, request)
    const withBody = head.method !== 'HEAD'
    let route: Route
    try {
      route = options.route(head)
    } catch (error) {
      return sendReply(response, signal, errorReply(toVoxbridgeError(error)), withBody)
    }
    const answer = readBody(response, route, { signal })
      .then((body) => route.handle({ ...head, body, signal }))
      .catch((error: unknown) => errorReply(toVoxbridgeError(error)))
      .then((reply) => sendReply(response, signal, reply, withBody))
      .catch(() => void response.close())
      .finally(() => {
        route.upload?.release()
        answering.delete(answer)
      })
    answering.add(answer)
  })
}

/** A request is gone when the callback ends that it was given to. */
function readHead(response: HttpResponse, request: UwsRequest): RequestHead {
  const headers = new Map<string, string>()
  request.forEach((name, value) => {
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  })
  return {
    method: request.getMethod().toUpperCase(),
    path: request.getUrl(),
    query: request.getQuery(),
    headers,
    peer: addressOf(response),
  }
}

function addressOf(response: HttpResponse): string {
  return formatAddress(new Uint8Array(response.getRemoteAddress()))
}

/** Aborts when the client has gone; the response must not be touched from then on. */
function watchAbort(response: HttpResponse): { readonly signal: AbortSignal } {
  const controller = new AbortController()
  response.onAborted(() => controller.abort(new VoxbridgeError('ERR_ABORTED', 'The client went away.')))
  return controller
}

function sendReply(response: HttpResponse, signal: AbortSignal, reply: HttpReply, withBody: boolean): void {
  if (signal.aborted) return
  const { status, headers, body, isLast } = reply
  response.cork(() => {
    response.writeStatus(status)
    for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value)
    if (withBody) response.end(body, isLast)
    else response.endWithoutBody(Buffer.byteLength(body), isLast)
  })
}
