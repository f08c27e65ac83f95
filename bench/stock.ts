import { readFile } from 'node:fs/promises'
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { createPassportOffice, PASSPORT_HEADER } from '../platform/identity/passport.ts'

/**
 * Apollo's gateway and server as their documentation sets them up: what this gateway is measured against. Subgraphs
 * that ask for a passport get one, and are found where the environment says.
 */
const gateway = new ApolloGateway({
  supergraphSdl: await readFile(process.env.SUPERGRAPH ?? '', 'utf8'),
  buildService({ name, url = '' }) {
    const prefix = name.toUpperCase()
    const key = process.env[`${prefix}_PASSPORT_KEYS`]
    const office = key === undefined ? null : createPassportOffice(name, [key])
    return new RemoteGraphQLDataSource({
      url: process.env[`${prefix}_URL`] ?? url,
      async willSendRequest({ request }) {
        if (office) request.http?.headers.set(PASSPORT_HEADER, await office(null))
      },
    })
  },
})
const server = new ApolloServer({ gateway })
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })
process.stdout.write(`stock listens on ${url}\n`)
