import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import {
  describeArchive,
  describeMember,
  writeTarball,
  writeZip,
  writeZipEntries,
  type ZipEntry,
} from '../../test/fixtures/archives.ts'
import { extractMembers, placeMembers } from './archive.ts'
import type { ArchiveMember, PackageSource } from './lock.ts'

const signal = new AbortController().signal

function source(path: string, members: ArchiveMember[]): PackageSource {
  const archive = describeArchive(path)
  return { kind: 'package', ecosystem: 'pypi', package: 'x', version: '1', archive, members }
}

async function extract(dir: string, archives: Readonly<Record<string, ArchiveMember[]>>): Promise<void> {
  const sources = Object.entries(archives).map(([name, members]) => source(join(dir, name), members))
  for (const [{ archive }, members] of placeMembers(sources)) {
    await extractMembers(join(dir, archive.path), members, join(dir, 'out'), { signal })
  }
}

const content = { 'p/model.part': 'one', 'p/other': 'not asked for', 'p/config.json': '{}' }

t.test('members of a wheel and of a tarball, with their names for the importer', async (t) => {
  const dir = t.testdir({ out: {} })
  writeZip(join(dir, 'a.whl'), content)
  await writeTarball(join(dir, 'b.tgz'), content)
  await extract(dir, {
    'a.whl': [describeMember('p/config.json', '{}', 'config.json')],
    'b.tgz': [describeMember('p/other', 'not asked for', 'deep/er/other')],
  })
  t.equal(readFileSync(join(dir, 'out/config.json'), 'utf8'), '{}')
  t.equal(readFileSync(join(dir, 'out/deep/er/other'), 'utf8'), 'not asked for')
})

t.test('parts of several archives make one file, in whatever order they are read', async (t) => {
  const dir = t.testdir({ out: {} })
  writeZip(join(dir, 'a.whl'), { a: 'four', b: 'six' })
  await writeTarball(join(dir, 'b.tgz'), { c: 'one ' })
  await extract(dir, {
    'a.whl': [describeMember('b', 'six', 'model.bin', 3), describeMember('a', 'four', 'model.bin', 2)],
    'b.tgz': [describeMember('c', 'one ', 'model.bin', 1)],
  })
  t.equal(readFileSync(join(dir, 'out/model.bin'), 'utf8'), 'one foursix')
})

for (const name of ['a.whl', 'a.tgz']) {
  t.test(`${name}: what differs from the lock file is refused`, async (t) => {
    const dir = t.testdir({ out: {} })
    if (name === 'a.whl') writeZip(join(dir, name), content)
    else await writeTarball(join(dir, name), content)
    const member = describeMember('p/model.part', 'one')
    const cases: [ArchiveMember, RegExp][] = [
      [{ ...member, sha256: '0'.repeat(64) }, /p\/model\.part in a\.\w+ is not the file/],
      [{ ...member, bytes: 2 }, /is not the file/],
      [{ ...member, bytes: 4 }, /is not the file/],
      [{ ...member, path: 'p/none' }, /a\.\w+ has no file p\/none/],
      [{ ...member, path: '../p/model.part' }, /has no file/],
    ]
    for (const [wrong, message] of cases) {
      await t.rejects(extract(dir, { [name]: [wrong] }), { code: 'ERR_MODEL_HASH', message }, String(message))
    }
  })

  t.test(`${name}: an archive that is cut off or none at all`, async (t) => {
    const dir = t.testdir({ out: {} })
    const path = join(dir, name)
    const long = 'x'.repeat(100_000)
    if (name === 'a.whl') writeZip(path, { long })
    else await writeTarball(path, { long })
    const bytes = readFileSync(path)
    for (const broken of [bytes.subarray(0, bytes.length / 2), Buffer.from('<html>'), Buffer.alloc(0)]) {
      writeFileSync(path, broken)
      await t.rejects(extract(dir, { [name]: [describeMember('long', long)] }), { code: 'ERR_MODEL_HASH' })
    }
  })
}

t.test('a link in a tarball is not followed', async (t) => {
  const dir = t.testdir({ secret: 'secret', link: t.fixture('symlink', 'secret'), out: {} })
  const { create } = await import('tar')
  await create({ file: join(dir, 'a.tgz'), cwd: dir, gzip: true }, ['link'])
  const member = describeMember('link', 'secret')
  await t.rejects(extract(dir, { 'a.tgz': [member] }), { message: /has no file link/ })
})

t.test('a zip that plays tricks writes nothing that the lock file does not name', async (t) => {
  const model = Buffer.from('model')
  const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024))
  const member = describeMember('model', 'model')
  const tricks: readonly (readonly [string, readonly ZipEntry[], RegExp])[] = [
    ['a path upwards', [{ name: '../../model', data: model }], /cannot be read: invalid relative path/],
    ['an absolute path', [{ name: '/model', data: model }], /cannot be read: absolute path/],
    [
      'a path with backslashes',
      [{ name: '..\\model', data: model }],
      /cannot be read: invalid relative path/,
    ],
    [
      'a bomb that says so',
      [{ name: 'model', data: bomb, deflated: true, claimedBytes: 64 * 1024 * 1024 }],
      /is not the file/,
    ],
    ['a bomb that says it is small', [{ name: 'model', data: bomb, deflated: true, claimedBytes: 5 }], /./],
    ['a length that is not true', [{ name: 'model', data: model, claimedBytes: 4000 }], /./],
    [
      'the name twice, the wrong one first',
      [
        { name: 'model', data: Buffer.from('other') },
        { name: 'model', data: model },
      ],
      /is not the file/,
    ],
  ]
  for (const [trick, entries, message] of tricks) {
    await t.test(trick, async (t) => {
      const dir = t.testdir({ out: {} })
      writeZipEntries(join(dir, 'a.whl'), entries)
      await t.rejects(extract(dir, { 'a.whl': [member] }), { code: 'ERR_MODEL_HASH', message })
      t.same(readdirSync(dir).sort(), ['a.whl', 'out'], 'nothing beside its folder')
      for (const file of readdirSync(join(dir, 'out')))
        t.ok(lstatSync(join(dir, 'out', file)).size <= 5, file)
    })
  }
})

t.test('a link in a zip is a file with the name of its target in it', async (t) => {
  const dir = t.testdir({ out: {} })
  writeZipEntries(join(dir, 'a.whl'), [{ name: 'link', data: Buffer.from('/etc/passwd'), mode: 0o120777 }])
  await extract(dir, { 'a.whl': [describeMember('link', '/etc/passwd')] })
  t.ok(lstatSync(join(dir, 'out/link')).isFile())
})
