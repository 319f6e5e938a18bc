import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

export interface CpuLimitFiles {
  /** Names the control groups of this process. */
  readonly membership: string
  /** Where the control groups are mounted. */
  readonly mount: string
}

const systemFiles: CpuLimitFiles = { membership: '/proc/self/cgroup', mount: '/sys/fs/cgroup' }

/**
 * Cores that this process may use: what the machine has, or less where a control group that it is in (a container, a
 * service) is limited. https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
 */
export function availableCores(files: CpuLimitFiles = systemFiles): number {
  const limits = groupFolders(files).map(readLimit)
  return Math.max(1, Math.floor(Math.min(availableParallelism(), ...limits)))
}

/**
 * The folders of our group and of those around it, each of which may set a limit. A container sees its own group as
 * the mount itself, though under version 1 it may be told the path that the group has outside.
 */
function groupFolders({ membership, mount }: CpuLimitFiles): string[] {
  const folders: string[] = []
  for (const line of read(membership).split('\n')) {
    const [, controllers = '', path] = /^\d+:([^:]*):\/(.*)$/.exec(line) ?? []
    if (path === undefined) continue
    const isUnified = controllers === ''
    if (!isUnified && !controllers.split(',').includes('cpu')) continue
    for (const root of isUnified ? [mount] : [join(mount, 'cpu'), join(mount, controllers)]) {
      for (let folder = join(root, path); folder.length > root.length; folder = dirname(folder)) {
        folders.push(folder)
      }
      folders.push(root)
    }
  }
  return folders
}

/** Cores that a group may use: `cpu.max` of version 2 holds "quota period" or "max period", version 1 has two files. */
function readLimit(folder: string): number {
  const file = (name: string): string => read(join(folder, name)).trim()
  const [quota, period] = (file('cpu.max') || `${file('cpu.cfs_quota_us')} ${file('cpu.cfs_period_us')}`)
    .split(' ')
    .map(Number)
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : Infinity
}

/** What cannot be read sets no limit. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
