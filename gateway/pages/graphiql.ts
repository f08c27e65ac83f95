/** What a page of GraphiQL is made from. */
export interface GraphiqlOptions {
  title: string
  endpoint: string
  defaultQuery: string
  headers?: string
  credentials?: 'same-origin'
}

/**
 * GraphiQL, served whole: it needs nothing from elsewhere. It is loaded when somebody opens it, since it takes 50 MB
 * that a gateway in production has better use for.
 */
export async function renderGraphiql(options: GraphiqlOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  return renderGraphiQL(options)
}
