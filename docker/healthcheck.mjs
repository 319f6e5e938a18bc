// Ends with 0 where the server in this container is ready to translate, else with 1 and its own words.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

const { PORT = '8000', TLS_CERT = '' } = process.env
// The certificate is for the name that others know the server by.
const [request, options] = TLS_CERT === '' ? [httpRequest, {}] : [httpsRequest, { rejectUnauthorized: false }]

process.exitCode = 1
request({ host: '127.0.0.1', port: PORT, path: '/ready', ...options }, (response) => {
  if (response.statusCode === 200) process.exitCode = 0
  response.pipe(process.stdout)
})
  .on('error', ({ message }) => console.error(message))
  .end()
