// node load.mjs URL FILE LOG: loads customers from a CSV file, 32 at a time, and writes one line for each
// into a log that is not synced. It renders the same ten fields as the pipeline of the bench, as plain
// code, and keeps no promise: after a kill nobody knows what the last requests did.
import { createReadStream, createWriteStream } from 'node:fs'
import { parse } from 'csv-parse'
import { Pool } from 'undici'

const WORKERS = 32
const [url, file, logFile] = process.argv.slice(2)
const target = new URL(url)
const pool = new Pool(target.origin, { connections: WORKERS, pipelining: 1 })
const log = createWriteStream(logFile)
const headers = {
  authorization: `Bearer ${process.env.KUSTOMER_API_KEY}`,
  'content-type': 'application/json',
  accept: 'application/json',
}

const body = (row) => {
  const [month, day, year] = row.renewal.split('/')
  return JSON.stringify({
    externalId: `zd-${row.id}`,
    name: `${row.first} ${row.last}`,
    emails: [{ type: 'work', email: row.email.trim().toLowerCase() }],
    phones: [{ type: 'mobile', phone: row.phone }],
    tags: row.labels.split('|'),
    locale: row.locale,
    custom: {
      tierStr: row.plan,
      mrrNum: Number(row.mrr),
      renewsAt: new Date(Date.UTC(year, month - 1, day)).toISOString(),
      cityStr: row.city.toUpperCase(),
      activeBool: row.active === 'true',
    },
  })
}

const load = async (row) => {
  const answer = await pool.request({ path: target.pathname, method: 'POST', headers, body: body(row) })
  if (answer.statusCode !== 201) {
    throw new Error(`row ${row.id}: ${answer.statusCode} ${await answer.body.text()}`)
  }
  const made = await answer.body.json()
  log.write(`${row.id}\t${made.data.id}\n`)
}

const rows = createReadStream(file).pipe(parse({ columns: true }))[Symbol.asyncIterator]()
const worker = async () => {
  for (let next = await rows.next(); !next.done; next = await rows.next()) await load(next.value)
}
await Promise.all(Array.from({ length: WORKERS }, worker))
await new Promise((done) => log.end(done))
await pool.close()
