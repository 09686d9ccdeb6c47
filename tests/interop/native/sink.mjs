// Takes webhooks and verifies them with the Standard Webhooks library: node sink.mjs FOLDER writes its address to FOLDER/address, reads the
// secret from FOLDER/secret once there is one, and appends a line per event to FOLDER/events: its kind, or BAD and why.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

const folder = process.argv[2]

function read(headers, body) {
  const secret = `${folder}/secret`
  if (!existsSync(secret)) return null
  const text = readFileSync(secret, 'utf8').trim()
  if (text === '') return null
  try {
    new Webhook(text).verify(body, headers)
    const event = JSON.parse(body)
    return `${headers['webhook-id']} ${event.type}`
  } catch (e) {
    return `${headers['webhook-id']} BAD ${e.message}`
  }
}

const server = createServer((request, answer) => {
  const parts = []
  request.on('data', part => parts.push(part))
  request.on('end', () => {
    const line = read(request.headers, Buffer.concat(parts).toString('utf8'))
    if (line !== null) appendFileSync(`${folder}/events`, line + '\n')
    answer.writeHead(line === null ? 503 : 204).end()
  })
})
server.listen(0, '127.0.0.1', () => {
  writeFileSync(`${folder}/address.part`, `http://127.0.0.1:${server.address().port}/`)
  renameSync(`${folder}/address.part`, `${folder}/address`)
})
