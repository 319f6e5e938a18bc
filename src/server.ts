import { runApplication } from './application.ts'
import { leaveStragglers } from './process-end.ts'

await runApplication(process.argv.slice(2))
leaveStragglers()
