import { VoxbridgeError } from '../errors.ts'

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** Whether a file or a folder on the way to it does not exist. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

/** Says in one line what a failed write below the models folder needs; other errors stay as they are. */
export function explainDiskError(error: unknown, modelsDir: string): unknown {
  const problem = diskProblems[codeOf(error) ?? '']
  if (problem === undefined) return error
  return new VoxbridgeError('ERR_DISK', `${problem(modelsDir)} Or set MODELS_DIR to another folder.`, {
    cause: error,
  })
}

const diskProblems: Readonly<Record<string, (dir: string) => string>> = {
  ENOSPC: (dir) => `The disk of ${dir} is full: free some space.`,
  EDQUOT: (dir) => `The disk quota for ${dir} is used up: free some space.`,
  EACCES: (dir) => `No permission to write to ${dir}: give this user the right to.`,
  EPERM: (dir) => `No permission to write to ${dir}: give this user the right to.`,
  EROFS: (dir) => `${dir} is on a read-only disk: mount it writable.`,
  ENOTDIR: (dir) => `${dir} is not a folder: move that file away.`,
  EEXIST: (dir) => `${dir} is not a folder: move that file away.`,
}
