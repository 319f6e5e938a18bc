import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { withFolderLock } from './folder-lock.ts'

const signal = new AbortController().signal
const onWait = (): void => undefined

t.test('one after the other', async (t) => {
  const dir = t.testdir()
  const order: string[] = []
  let release = (): void => undefined
  const first = withFolderLock(dir, { signal, onWait }, async () => {
    order.push('first in')
    await new Promise<void>((resolve) => (release = resolve))
    order.push('first out')
  })
  const second = withFolderLock(
    dir,
    {
      signal,
      onWait(holder) {
        order.push(`second waits for ${holder}`)
        release()
      },
    },
    async () => void order.push('second in'),
  )
  await Promise.all([first, second])
  t.same(order, [
    'first in',
    `second waits for process ${process.pid} on ${hostname()}`,
    'first out',
    'second in',
  ])
  t.notOk(existsSync(join(dir, '.lock')))
})

t.test('a failure gives the folder back', async (t) => {
  const dir = t.testdir()
  const fail = withFolderLock(dir, { signal, onWait }, async () => {
    throw new Error('no luck')
  })
  await t.rejects(fail, { message: 'no luck' })
  t.equal(await withFolderLock(dir, { signal, onWait }, async () => 'mine'), 'mine')
})

t.test('a dead process is no hindrance', async (t) => {
  const { pid } = spawnSync(process.execPath, ['--version'])
  const dir = t.testdir({ '.lock': JSON.stringify({ pid, host: hostname() }) })
  const holder = await withFolderLock(dir, { signal, onWait }, async () =>
    readFileSync(join(dir, '.lock'), 'utf8'),
  )
  t.same(JSON.parse(holder), { pid: process.pid, host: hostname() })
})

t.test('a process of the same id that was there before this one is no hindrance', async (t) => {
  const dir = t.testdir({ '.lock': JSON.stringify({ pid: process.pid, host: hostname() }) })
  const before = new Date(performance.timeOrigin - 10_000)
  utimesSync(join(dir, '.lock'), before, before)
  t.equal(await withFolderLock(dir, { signal, onWait }, async () => 'mine'), 'mine')
})

t.test('one elsewhere counts as dead when it has been silent for long', async (t) => {
  const dir = t.testdir()
  const path = join(dir, '.lock')
  for (const content of [JSON.stringify({ pid: 1, host: 'elsewhere' }), '']) {
    writeFileSync(path, content)
    const controller = new AbortController()
    const waiting = withFolderLock(
      dir,
      { signal: controller.signal, onWait: () => controller.abort() },
      async () => 0,
    )
    await t.rejects(waiting, { code: 'ERR_ABORTED' })
    const longAgo = new Date(Date.now() - 600_000)
    utimesSync(path, longAgo, longAgo)
    t.equal(await withFolderLock(dir, { signal, onWait }, async () => 'mine'), 'mine')
  }
})
