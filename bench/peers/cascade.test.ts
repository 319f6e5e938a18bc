import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { Cascade, cascadeRateHz, type CascadeSettings } from './cascade.ts'

const skip = spawnSync('python3', ['--version']).status !== 0 && 'there is no python3 here'

/** Takes loud samples for speech, and answers the first pause of the given length with 10 ms of silence and a sound. */
const answering = `
import array, base64, json, sys

def say(message):
    print(json.dumps(message), flush=True)

segment, speaking, silent_ms, position = 0, False, 0, 0
for line in sys.stdin:
    request = json.loads(line)
    if request["type"] == "begin":
        segment, speaking, position, pause = 0, False, 0, request["pauseMs"]
        say({"type": "ready"})
    elif request["type"] == "end":
        say({"type": "ended", "cpuMs": 7, "rssMb": 50})
    else:
        samples = array.array("h", base64.b64decode(request["samples"]))
        loud = max(abs(sample) for sample in samples) > 1000
        if loud and not speaking:
            segment, speaking = segment + 1, True
            say({"type": "speech", "segment": segment, "startMs": position})
        position += 1000 * len(samples) / 16000
        silent_ms = 0 if loud else silent_ms + 1000 * len(samples) / 16000
        if speaking and silent_ms >= pause:
            speaking = False
            sound = array.array("h", [0] * 10 + [5000] * 10).tobytes()
            say({"type": "clause", "segment": segment, "samples": base64.b64encode(sound).decode(), "sampleRate": 1000})
            say({"type": "answered", "segment": segment, "transcript": f"olá {segment}", "translation": "hello"})
`

function start(t: Test, program: string): Cascade {
  const dir = t.testdir({ 'cascade.py': program })
  const cascade = new Cascade({
    ...{ python: 'python3', whisper: 'w', voice: 'v', direction: 'pt-en', threads: 1 },
    script: pathToFileURL(join(dir, 'cascade.py')).href,
  })
  t.teardown(() => cascade.close())
  return cascade
}

/** Loud and silent in turn, beginning with sound. */
function clip(...partsMs: number[]): { pcm: Int16Array; sampleRate: number } {
  const parts = partsMs.map((ms, index) =>
    Array.from({ length: (ms * cascadeRateHz) / 1000 }, () => (index % 2 === 0 ? 8000 : 0)),
  )
  return { pcm: Int16Array.from(parts.flat()), sampleRate: cascadeRateHz }
}

const settings: CascadeSettings = { beam: 1, pauseMs: 100 }
const { signal } = new AbortController()

t.test('a clip is said in real time, and each segment of it answered', { skip }, async (t) => {
  const cascade = start(t, answering)
  const answer = await cascade.say(clip(200, 300, 200), settings, { signal })
  t.equal(answer.transcript, 'olá 1 olá 2')
  t.equal(answer.translation, 'hello hello')
  t.equal(answer.cpuMs, 7)
  t.equal(cascade.rssMb, 50)
  t.match(answer.segments, [{ segment: 1, text: 'olá 1' }, { segment: 2 }])
  const [first] = answer.segments[0]?.clauses ?? []
  const soundsMs = (first?.soundsAt ?? NaN) - answer.startedAt
  t.ok(soundsMs >= 300, `${soundsMs} ms: not before the pause is over`)
  t.equal(Math.round((first?.soundsAt ?? NaN) - (first?.arrivedAt ?? NaN)), 10, 'its silence counts')
  const next = await cascade.say(clip(200), settings, { signal })
  t.match(next.segments, [{ segment: 1, text: 'olá 1' }], 'the next clip begins anew')
})

t.test('a program that ends in the middle is told', { skip }, async (t) => {
  const cascade = start(t, 'import sys\nsys.stdin.readline()\nprint(\'{"type": "ready"}\')')
  await t.rejects(cascade.say(clip(500), settings, { signal }), { code: 'ERR_NOT_READY' })
})

t.test('an abort ends the speaking at once', { skip }, async (t) => {
  const cascade = start(t, answering)
  const interrupted = new AbortController()
  setTimeout(() => interrupted.abort(), 200)
  await t.rejects(cascade.say(clip(60_000), settings, { signal: interrupted.signal }), { name: 'AbortError' })
})
