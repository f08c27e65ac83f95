import { readFile } from 'node:fs/promises'
import { ApolloGateway } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

/** Apollo's gateway and server as their documentation sets them up: what this gateway is measured against. */
const gateway = new ApolloGateway({ supergraphSdl: await readFile(process.env.SUPERGRAPH ?? '', 'utf8') })
const server = new ApolloServer({ gateway })
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })
process.stdout.write(`stock listens on ${url}\n`)
