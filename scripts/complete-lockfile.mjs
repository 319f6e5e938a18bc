// Adds the optional platform packages of uWebSockets.js to package-lock.json that the registry in use
// does not serve: npm 11 refuses a lock file that leaves them out ("Missing: … from lock file").
// Run after `npm install` changes the lock file.
import { readFileSync, writeFileSync } from 'node:fs'

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const core = lock.packages['node_modules/uWebSockets.js']
for (const [name, version] of Object.entries(core.optionalDependencies)) {
  const key = `node_modules/${name}`
  if (lock.packages[key]) continue
  const [os, cpu, major] = name.replace('@uwsjs/', '').split('-')
  lock.packages[key] = {
    version,
    cpu: [cpu],
    ...(os === 'linux' ? { libc: 'glibc' } : {}),
    license: 'Apache-2.0',
    optional: true,
    os: [os],
    engines: { node: `>=${major}.0.0 <${Number(major) + 1}.0.0` },
  }
}
const packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync('package-lock.json', `${JSON.stringify({ ...lock, packages }, null, 2)}\n`)
