import { runApplication } from './application.ts'

await runApplication(process.argv.slice(2))
