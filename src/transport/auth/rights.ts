/** What a token lets its bearer do. */
export const rights = ['talk', 'request', 'metrics'] as const
export type Right = (typeof rights)[number]

/** In words, for the people who give tokens away. */
export const rightsInWords: Readonly<Record<Right, string>> = {
  talk: 'conversations (the WebSocket)',
  request: 'POST /translate, /transcribe and /speak',
  metrics: 'GET /metrics',
}

export const defaultRights: readonly Right[] = ['talk', 'request']

export function isRight(value: unknown): value is Right {
  return rights.some((right) => right === value)
}
