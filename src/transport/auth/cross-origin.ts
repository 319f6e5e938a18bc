/**
 * Lets the pages of sites that are allowed read the answers (https://fetch.spec.whatwg.org/#http-cors-protocol). No
 * cookies are involved, so none are allowed.
 */
import { toVoxbridgeError } from '../../errors.ts'
import {
  errorReply,
  type HttpReply,
  type HttpRequest,
  reply,
  type Route,
  type RequestHead,
  type Router,
} from '../http.ts'
import type { Gate } from './gate.ts'

const preflightHeaders = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type',
  'Access-Control-Max-Age': '600',
}

export function allowOtherOrigins(router: Router, gate: Pick<Gate, 'enter' | 'originOf'>): Router {
  return (head) => {
    if (gate.originOf(head) !== 'allowed') return router(head)
    const answerPreflight: Router = () => {
      gate.enter(head, 'public')
      return { maxBodyBytes: 0, handle: () => reply(204, 'text/plain', '', preflightHeaders) }
    }
    const headers = {
      'Access-Control-Allow-Origin': head.headers.get('origin') ?? '',
      'Access-Control-Expose-Headers': 'Retry-After',
      Vary: 'Origin',
    }
    const route = routeOrError(isPreflight(head) ? answerPreflight : router, head)
    return {
      ...route,
      handle: async (request) => withHeaders(await answerOrError(route, request), headers),
    }
  }
}

function isPreflight({ method, headers }: RequestHead): boolean {
  return method === 'OPTIONS' && headers.has('access-control-request-method')
}

/** An error is an answer too, which the page may read. */
function routeOrError(router: Router, head: RequestHead): Route {
  try {
    return router(head)
  } catch (error) {
    return { maxBodyBytes: 0, handle: () => errorReply(toVoxbridgeError(error)) }
  }
}

async function answerOrError(route: Route, request: HttpRequest): Promise<HttpReply> {
  try {
    return await route.handle(request)
  } catch (error) {
    return errorReply(toVoxbridgeError(error))
  }
}

function withHeaders(answer: HttpReply, headers: Readonly<Record<string, string>>): HttpReply {
  const vary = [answer.headers['Vary'], headers['Vary']].filter(Boolean).join(', ')
  return { ...answer, headers: { ...answer.headers, ...headers, Vary: vary } }
}
