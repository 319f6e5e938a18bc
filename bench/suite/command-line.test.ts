import t from 'tap'
import { defineBench } from './bench.ts'
import { formatUsage, readCommand } from './command-line.ts'

const bench = (name: string, onlyByName: boolean) =>
  defineBench({ name, title: name, usage: '', options: {}, onlyByName, run: async () => undefined })
const all = [bench('plain', false), bench('special', true)]

t.test('a bench that has to be named runs only then', (t) => {
  const namesOf = (...args: string[]): string[] => readCommand(args, all).benches.map(({ name }) => name)
  t.same(namesOf(), ['plain'])
  t.same(namesOf('--trials', '2'), ['plain'])
  t.same(namesOf('special'), ['special'])
  t.same(namesOf('special', 'plain'), ['plain', 'special'])
  t.match(formatUsage(all), /special +special \(only where it is named\)/)
  t.end()
})
