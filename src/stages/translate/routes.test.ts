import t from 'tap'
import { type TranslationRoute, describeRoutes, exampleOf, findRoute, sourcesInto } from './routes.ts'

const direct: TranslationRoute = { sources: ['es'], targets: ['en'], model: 'es-en' }
const onward: TranslationRoute = { sources: ['en'], targets: ['pt'], model: 'en-pt' }
const around: TranslationRoute = { sources: ['es'], targets: ['pt'], model: 'es-en+en-pt', via: 'en' }
const many: TranslationRoute = { sources: ['pt', 'en', 'de'], targets: ['en', 'de', 'pt'], model: 'many' }

t.test('the first route that fits is taken', (t) => {
  const routes = [direct, onward, around, many]
  t.equal(findRoute(routes, 'es', 'pt'), around)
  t.equal(findRoute(routes, 'de', 'pt'), many)
  t.equal(findRoute(routes, 'pt', 'es'), undefined)
  t.equal(findRoute(routes, 'de', 'de'), undefined, 'nothing is translated into itself')
  t.end()
})

t.test('sources that lead to a target', (t) => {
  t.same(sourcesInto([direct, onward, around, many], 'pt'), ['en', 'es', 'de'])
  t.same(sourcesInto([direct], 'pt'), [])
  t.end()
})

t.test('a pair of a route', (t) => {
  t.same(exampleOf(many), { source: 'pt', target: 'en' })
  t.same(exampleOf({ ...many, sources: ['en'] }), { source: 'en', target: 'de' })
  t.end()
})

t.test('routes in words', (t) => {
  t.equal(describeRoutes([direct, onward]), 'es-en, en-pt')
  t.equal(describeRoutes([many]), 'any two of de, en, pt')
  t.equal(describeRoutes([{ ...many, targets: ['fr', 'it'] }]), 'de, en, pt into fr, it')
  t.equal(
    describeRoutes([{ ...many, sources: [...many.sources, 'nn'] }]),
    'any two of de, en, pt (and nn into them)',
  )
  t.equal(describeRoutes([]), 'none')
  t.end()
})
