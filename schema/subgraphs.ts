/** The one place where subgraphs are named, with the ports that they listen on unless told otherwise. */
export const subgraphs = [
  { name: 'users', port: 4001 },
  { name: 'todos', port: 4002 },
  { name: 'products', port: 4003 },
  { name: 'orders', port: 4004 },
] as const

export type SubgraphName = (typeof subgraphs)[number]['name']
