import { renderGraphiql } from './graphiql.ts'

/** The first thing that a newcomer runs. */
const EXAMPLE_QUERY = `# Press Ctrl-Enter (or Cmd-Enter) to run this query.
query Catalogue {
  products(first: 3, orderBy: { field: PRICE, direction: ASC }) {
    nodes {
      name
      price {
        amount
        currencyCode
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`

/** Apollo Sandbox for this gateway; where its CDN cannot be reached, the visitor goes on to GraphiQL. */
export function sandboxPage(): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Supergraph</title>
    <style>html, body, #sandbox { height: 100%; margin: 0 } iframe { border: 0; width: 100%; height: 100% }</style>
  </head>
  <body>
    <div id="sandbox"></div>
    <script>
      function openGraphiQL() { location.replace('/graphiql') }
      function openSandbox() {
        new window.EmbeddedSandbox({
          target: '#sandbox',
          initialEndpoint: location.origin + '/graphql',
          initialState: { document: ${JSON.stringify(EXAMPLE_QUERY).replaceAll('<', '\\u003c')} },
        })
      }
      const patience = setTimeout(openGraphiQL, 5000)
      const script = document.createElement('script')
      script.src = 'https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js'
      script.onerror = openGraphiQL
      script.onload = () => { clearTimeout(patience); openSandbox() }
      document.head.append(script)
    </script>
    <noscript>This page needs JavaScript. The API is at /graphql.</noscript>
  </body>
</html>
`
}

/** GraphiQL for this gateway. */
export function graphiqlPage(): Promise<string> {
  return renderGraphiql({
    title: 'Supergraph',
    endpoint: '/graphql',
    defaultQuery: EXAMPLE_QUERY,
    credentials: 'same-origin',
  })
}
