import { Supergraph } from '@apollo/federation-internals'
import { supergraphVersion } from '../../platform/graphql/supergraph-version.ts'
import { StartError } from '../../platform/process/start-error.ts'
import { messageOf } from '../../platform/process/message-of.ts'

/** A subgraph as the supergraph names it. */
export interface SubgraphAddress {
  name: string
  url: string
}

/** The subgraph that the gateway serves itself, `node` and `nodes`. */
export interface NodesSubgraph {
  sdl: string
  /** For each type that implements Node, the subgraph that knows whether an object exists. */
  owners: Map<string, string>
}

/** What the gateway boots from. */
export interface SupergraphFile {
  sdl: string
  /** Tells it from others: the first digits of its text's SHA-256. */
  version: string
  /** The subgraphs that have an address. */
  subgraphs: SubgraphAddress[]
  /** Undefined when the supergraph has none. */
  nodes: NodesSubgraph | undefined
}

/** The address of the subgraph that is not elsewhere but in the gateway. */
const LOCAL_NODES = 'local:nodes'

/**
 * Reads the text of a supergraph. @param from where it is from, for messages
 * @throws StartError when it is no supergraph.
 */
export function readSupergraph(sdl: string, from: string): SupergraphFile {
  const all = subgraphsIn(sdl, from)
  const nodes = all.find(({ url }) => url === LOCAL_NODES)
  return {
    sdl,
    version: supergraphVersion(sdl),
    subgraphs: all.filter((subgraph) => subgraph !== nodes).map(({ name, url }) => ({ name, url })),
    nodes: nodes && { sdl: nodes.sdl(), owners: ownersOf(nodes, all) },
  }
}

interface SubgraphInFile extends SubgraphAddress {
  /** Its schema as text; made only when it is asked for, since it costs much. */
  sdl: () => string
  /** The types that this subgraph resolves by key and that implement Node here. */
  nodeTypes: string[]
}

function subgraphsIn(sdl: string, from: string): SubgraphInFile[] {
  try {
    const subgraphs = [...Supergraph.build(sdl).subgraphs()]
    return subgraphs.map((subgraph) => ({
      name: subgraph.name,
      url: subgraph.url,
      sdl: () => subgraph.toString(),
      nodeTypes: subgraph.schema
        .objectTypes()
        .filter((type) => type.implementsInterface('Node'))
        .map(({ name }) => name),
    }))
  } catch (error) {
    throw new StartError(`${from} is no supergraph: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function ownersOf(nodes: SubgraphInFile, all: SubgraphInFile[]): Map<string, string> {
  const others = all.filter((subgraph) => subgraph !== nodes)
  return new Map(others.flatMap(({ name, nodeTypes }) => nodeTypes.map((type) => [type, name])))
}
