/** What the server says over a WebSocket, protocol version 1, as a client reads it. */

export interface Ready {
  readonly type: 'ready'
  readonly seq: number
  readonly protocol: number
  readonly sessionId: string
  readonly channelId: string
  readonly src: string
  readonly tgt: string
  readonly input: { readonly encoding: string; readonly sampleRate: number; readonly maxFrameBytes: number }
  readonly output: { readonly encoding: string; readonly sampleRate: number }
  readonly load: LoadReport
  readonly limits?: { readonly resumeWindowMs?: number }
  /** What the server has received in this session. */
  readonly received?: { readonly messages: number; readonly samples: number }
  /** Only where the client has come back to a session. */
  readonly resumed?: {
    readonly lostMessages: number
    readonly lostAudioMs: number
    /** Samples of speech that this session sent before what comes now. */
    readonly audioSamples: number
  }
}

export interface LoadReport {
  readonly level: 'normal' | 'partials-slower' | 'partials-off' | 'full'
  /** Time between two partial captions of one channel; null: there are none. */
  readonly partialStepMs: number | null
}

/** The load of the server has changed. */
export interface Load extends LoadReport {
  readonly type: 'load'
  readonly seq: number
}

export interface SpeechStart {
  readonly type: 'speech_start'
  readonly seq: number
  readonly segment: number
  readonly startMs: number
}

export interface SpeechEnd {
  readonly type: 'speech_end'
  readonly seq: number
  readonly segment: number
  readonly endMs: number
}

export interface Transcript {
  readonly type: 'transcript'
  readonly seq: number
  readonly segment: number
  readonly final: boolean
  readonly text: string
  readonly language: string
  readonly startMs: number
  readonly endMs: number
  readonly stable: number
}

export interface Translation {
  readonly type: 'translation'
  readonly seq: number
  readonly segment: number
  readonly clause: number
  readonly final: boolean
  readonly text: string
  readonly language: string
}

export interface AudioStart {
  readonly type: 'audio_start'
  readonly seq: number
  readonly segment: number
  readonly sequence: number
  readonly language: string
  readonly text: string
  readonly sampleRate: number
}

export interface AudioEnd {
  readonly type: 'audio_end'
  readonly seq: number
  readonly segment: number
  readonly sequence: number
  readonly durationMs: number
  readonly final: boolean
}

/** All in milliseconds; `firstAudioMs` counts from the end of speech and is the sum of the others. */
export interface Latency {
  readonly type: 'latency'
  readonly seq: number
  readonly segment: number
  readonly endpointMs: number
  readonly asrMs: number
  readonly mtMs: number
  readonly ttsMs: number
  readonly queueMs: number
  readonly firstAudioMs: number
}

export interface Overrun {
  readonly type: 'overrun'
  readonly seq: number
  readonly droppedMs: number
  readonly reason: string
}

export interface ServerError {
  readonly type: 'error'
  readonly seq: number
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly segment?: number
}

export interface Closed {
  readonly type: 'closed'
  readonly seq: number
  readonly reason: string
  readonly summary: unknown
}

export type ServerMessage =
  | Ready
  | Load
  | SpeechStart
  | SpeechEnd
  | Transcript
  | Translation
  | AudioStart
  | AudioEnd
  | Latency
  | Overrun
  | ServerError
  | Closed

/** The message of one type. */
export type MessageOf<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>

/** @throws SyntaxError for what is no message of the protocol. */
export function parseServerMessage(text: string): ServerMessage {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    throw new SyntaxError(
      `the server sent something that is no message of the protocol: ${text.slice(0, 200)}`,
    )
  }
  return value as ServerMessage
}
