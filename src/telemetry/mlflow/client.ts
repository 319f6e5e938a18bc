/**
 * A client for MLflow tracking: experiments, runs, and what belongs to a run. MLflow's own JavaScript packages trace
 * calls of language models, and have no runs.
 */
import { VoxbridgeError } from '../../errors.ts'
import { batchEntries } from './batches.ts'
import { type MlflowAccess, MlflowRefusal, MlflowRest } from './rest.ts'

export interface Metric {
  readonly name: string
  /** What is no finite number is left out: MLflow's JSON has no place for it. */
  readonly value: number
  /** Place in a series; 0 when left out. */
  readonly step?: number
  /** Milliseconds since 1970; now when left out. */
  readonly timestampMs?: number
}

export type Texts = Readonly<Record<string, string>>
export type RunStatus = 'FINISHED' | 'FAILED' | 'KILLED'

export interface RunOptions {
  readonly experimentId: string
  readonly name: string
  readonly tags?: Texts
}

interface RunAnswer {
  readonly run: { readonly info: { readonly run_id: string; readonly artifact_uri: string } }
}

/** Beyond these MLflow refuses the whole batch. */
const maxParamLength = 6000
const maxTagLength = 8000

export class MlflowClient {
  readonly #rest: MlflowRest

  constructor(access: MlflowAccess) {
    this.#rest = new MlflowRest(access)
  }

  /** Of the tracking server, without a password. */
  get address(): string {
    return this.#rest.address
  }

  /**
   * @returns the experiment's id; the experiment is made where there is none of that name.
   * @throws VoxbridgeError ERR_MLFLOW, as every method here does.
   */
  async findOrCreateExperiment(name: string): Promise<string> {
    try {
      return await this.#findExperiment(name)
    } catch (error) {
      if (!isRefusal(error, 'RESOURCE_DOES_NOT_EXIST')) throw error
    }
    try {
      const made = await this.#rest.ask({ method: 'POST', path: 'experiments/create', json: { name } })
      return (made as { experiment_id: string }).experiment_id
    } catch (error) {
      // Somebody else made it in the meantime.
      if (isRefusal(error, 'RESOURCE_ALREADY_EXISTS')) return this.#findExperiment(name)
      throw error
    }
  }

  async createRun({ experimentId, name, tags = {} }: RunOptions): Promise<MlflowRun> {
    const json = {
      experiment_id: experimentId,
      run_name: name,
      start_time: Date.now(),
      tags: pairs(tags, maxTagLength),
    }
    const { run } = (await this.#rest.ask({ method: 'POST', path: 'runs/create', json })) as RunAnswer
    return new MlflowRun(this.#rest, {
      experimentId,
      id: run.info.run_id,
      artifactUri: run.info.artifact_uri,
    })
  }

  async #findExperiment(name: string): Promise<string> {
    const query = { experiment_name: name }
    const { experiment } = (await this.#rest.ask({
      method: 'GET',
      path: 'experiments/get-by-name',
      query,
    })) as {
      experiment: { experiment_id: string; lifecycle_stage: string }
    }
    if (experiment.lifecycle_stage !== 'deleted') return experiment.experiment_id
    throw new VoxbridgeError(
      'ERR_MLFLOW',
      `The experiment "${name}" was deleted from ${this.address}: restore it there, or set MLFLOW_EXPERIMENT_NAME to another.`,
    )
  }
}

export class MlflowRun {
  readonly id: string
  /** Of the run's page. */
  readonly url: string
  readonly #rest: MlflowRest
  readonly #artifactUri: string

  constructor(
    rest: MlflowRest,
    run: { readonly experimentId: string; readonly id: string; readonly artifactUri: string },
  ) {
    this.id = run.id
    this.url = `${rest.address}/#/experiments/${run.experimentId}/runs/${run.id}`
    this.#rest = rest
    this.#artifactUri = run.artifactUri
  }

  /** A parameter can be set once; values are cut to 6000 characters. */
  async logParams(params: Texts): Promise<void> {
    await this.#logBatches('params', pairs(params, maxParamLength))
  }

  async logMetrics(metrics: readonly Metric[]): Promise<void> {
    const now = Date.now()
    const entries = metrics
      .filter(({ value }) => Number.isFinite(value))
      .map(({ name, value, step = 0, timestampMs = now }) => ({
        key: allowedName(name),
        value,
        step,
        timestamp: Math.round(timestampMs),
      }))
    await this.#logBatches('metrics', entries)
  }

  async setTags(tags: Texts): Promise<void> {
    await this.#logBatches('tags', pairs(tags, maxTagLength))
  }

  /**
   * Stores a file through the tracking server's artifact proxy.
   * @param path e.g. `charts/latency.png`
   */
  async logArtifact(path: string, content: string | Uint8Array): Promise<void> {
    const folder = proxiedFolder(this.#artifactUri)
    if (folder === undefined) {
      throw new VoxbridgeError(
        'ERR_MLFLOW',
        `The MLflow server keeps artifacts at ${this.#artifactUri}, where only its own clients can write: start it with --serve-artifacts.`,
      )
    }
    const file = [folder, ...path.split('/').map(encodeURIComponent)].join('/')
    const bytes = new Uint8Array(typeof content === 'string' ? Buffer.from(content) : content)
    await this.#rest.ask({ method: 'PUT', path: `mlflow-artifacts/artifacts/${file}`, bytes })
  }

  async finish(status: RunStatus): Promise<void> {
    const json = { run_id: this.id, status, end_time: Date.now() }
    await this.#rest.ask({ method: 'POST', path: 'runs/update', json })
  }

  async #logBatches(kind: 'params' | 'metrics' | 'tags', entries: readonly object[]): Promise<void> {
    for (const batch of batchEntries(kind, entries)) {
      const json = { run_id: this.id, [kind]: batch }
      await this.#rest.ask({ method: 'POST', path: 'runs/log-batch', json })
    }
  }
}

function isRefusal(error: unknown, errorCode: string): boolean {
  return error instanceof MlflowRefusal && error.errorCode === errorCode
}

function pairs(texts: Texts, maxLength: number): { key: string; value: string }[] {
  return Object.entries(texts).map(([name, value]) => ({
    key: allowedName(name),
    value: value.slice(0, maxLength),
  }))
}

/** MLflow takes letters, digits, `_ - . / :` and spaces in a name, 250 of them. */
function allowedName(name: string): string {
  return name.replace(/[^\p{L}\p{N}_\-./: ]/gu, '_').slice(0, 250)
}

/** @returns the path below the proxy; undefined where the artifacts are kept elsewhere. */
function proxiedFolder(artifactUri: string): string | undefined {
  if (!URL.canParse(artifactUri)) return undefined
  const { protocol, pathname } = new URL(artifactUri)
  return protocol === 'mlflow-artifacts:' ? pathname.replace(/^\/+|\/+$/g, '') : undefined
}
