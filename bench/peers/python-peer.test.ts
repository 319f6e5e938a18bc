import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { PythonPeer } from './python-peer.ts'

const skip = spawnSync('python3', ['--version']).status !== 0 && 'there is no python3 here'

interface FakeRequest {
  readonly text: string
}

function start(t: Test, program: string, python = 'python3'): PythonPeer<FakeRequest> {
  const dir = t.testdir({ 'peer.py': program })
  const peer = new PythonPeer<FakeRequest>(python, pathToFileURL(join(dir, 'peer.py')).href, ['in', 'turn'])
  t.teardown(() => peer.close())
  return peer
}

t.test('each request is answered in turn, and the highest memory is kept', { skip }, async (t) => {
  const peer = start(
    t,
    `
import json, sys
for rss, line in zip([5, 9, 7], sys.stdin):
    text = " ".join([*sys.argv[1:], json.loads(line)["text"]])
    print(json.dumps({"text": text, "wallMs": 1, "cpuMs": 2, "rssMb": rss}), flush=True)
`,
  )
  t.match(await peer.ask({ text: 'olá' }), { text: 'in turn olá', wallMs: 1, cpuMs: 2 })
  const both = await Promise.all([peer.ask({ text: 'one' }), peer.ask({ text: 'two' })])
  t.same(
    both.map(({ text }) => text),
    ['in turn one', 'in turn two'],
  )
  t.equal(peer.rssMb, 9)
})

t.test('a program that ends is told, and so is one that says something else', { skip }, async (t) => {
  const ending = start(t, 'import sys\nsys.stdin.readline()')
  await t.rejects(ending.ask({ text: 'x' }), { code: 'ERR_NOT_READY', message: /the peer ended/ })
  await t.rejects(ending.ask({ text: 'again' }), { code: 'ERR_NOT_READY' }, 'writing to it is no crash')
  const talking = start(t, 'import sys\nsys.stdin.readline()\nprint("Hello!")')
  await t.rejects(talking.ask({ text: 'x' }), { code: 'ERR_NOT_READY', message: /said "Hello!"/ })
})

t.test('an interpreter that is not there is told in the same way', async (t) => {
  const peer = start(t, '', join(t.testdir(), 'no-python'))
  await t.rejects(peer.ask({ text: 'x' }), { code: 'ERR_NOT_READY' })
})
