/** The short form of `npm run test:fuzz`. */
import t from 'tap'
import { countHung, formatCounts, fuzz } from './hardness/fuzz-run.ts'
import { SteadyConversation } from './hardness/steady-conversation.ts'
import { startTestServer } from './voice-server.ts'

t.test('three thousand wrong inputs, and a conversation that does not notice', async (t) => {
  const server = await startTestServer({
    patient: true,
    config: { maxChannels: 10_000, resumeWindowMs: 500 },
  })
  t.teardown(() => server.close())
  const steady = await SteadyConversation.open(server.port, 'steady')
  const counts = await fuzz({ port: server.port, inputs: 3000, seed: 7, lanes: 8 })
  t.equal(countHung(counts), 0, formatCounts(counts))
  const { said, ...disturbances } = await steady.finish()
  t.ok(said > 0)
  t.match(disturbances, { lost: 0, twice: 0, incidents: [] })
})
