// aedes, a broker in JavaScript: node broker.mjs TCP TLS WEBSOCKET WEBSOCKET-TLS CERTIFICATE KEY
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { Aedes } from 'aedes'
import { createWebSocketStream, WebSocketServer } from 'ws'

const [tcpPort, tlsPort, wsPort, wssPort, certificate, key] = process.argv.slice(2)
const secure = { cert: readFileSync(certificate), key: readFileSync(key) }
const broker = await Aedes.createBroker()

const withWebSocket = (server) => {
  new WebSocketServer({ server }).on('connection', (socket, request) => {
    broker.handle(createWebSocketStream(socket), request)
  })
  return server
}

net.createServer(broker.handle).listen(tcpPort, '127.0.0.1')
tls.createServer(secure, broker.handle).listen(tlsPort, '127.0.0.1')
withWebSocket(http.createServer()).listen(wsPort, '127.0.0.1')
withWebSocket(https.createServer(secure)).listen(wssPort, '127.0.0.1')
process.once('SIGTERM', () => broker.close(() => process.exit()))
