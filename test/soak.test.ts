/** The short form of `npm run test:soak`, with small engines. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { SteadyConversation } from './hardness/steady-conversation.ts'
import { startTestServer } from './voice-server.ts'

t.test('eight conversations side by side lose nothing', async (t) => {
  const server = await startTestServer()
  t.teardown(() => server.close())
  const names = Array.from({ length: 8 }, (_, index) => `soak-${index}`)
  const conversations = await Promise.all(names.map((name) => SteadyConversation.open(server.port, name)))
  await sleep(10_000)
  for (const { said, answered, ...others } of await Promise.all(conversations.map((each) => each.finish()))) {
    t.ok(said > 40)
    t.ok(answered >= said)
    t.match(others, { lost: 0, twice: 0, incidents: [] })
  }
})
