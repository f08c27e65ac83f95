/** The subgraph that issues access tokens, where the graph has one. */
export const IDENTITY_SUBGRAPH = 'users'

/** What issuer and audience of access tokens are called: tokens of other systems are not ours, whoever signed them. */
export const ISSUER = 'supergraph-users'
export const AUDIENCE = 'supergraph'

/** How long an access token is valid, in seconds: a stolen one is of no use after that. */
export const ACCESS_TOKEN_LIFETIME = 600

/** Where the users subgraph tells its public keys, and the sessions that ended within the life of a token. */
export const JWKS_PATH = '/.well-known/jwks.json'
export const REVOCATIONS_PATH = '/revocations'
