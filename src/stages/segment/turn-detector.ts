import type { RequestOptions } from '../../models/request-queue.ts'

/** Says from the sound of speech, its melody and pace, whether the speaker has finished. */
export interface TurnDetector {
  readonly info: TurnDetectorInfo
  judge(request: TurnRequest, options: RequestOptions): Promise<TurnJudgement>
}

export interface TurnDetectorInfo {
  /** The model's name, e.g. `smart-turn`. */
  readonly model: string
  /** Audio that it listens to; of a longer stretch only the end counts. */
  readonly maxSeconds: number
}

export interface TurnRequest {
  /** Mono, 16 kHz, -1 to 1, up to the pause. Not to be changed until it is answered. */
  readonly samples: Float32Array
}

export interface TurnJudgement {
  /** Probability that the speaker has finished, 0 to 1. */
  readonly probability: number
  /** Time spent inside the model. */
  readonly modelMs: number
}
