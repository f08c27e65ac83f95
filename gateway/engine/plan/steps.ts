import type { PlanNode, QueryPlan } from '@apollo/query-planner'
import type { Conditions } from '../operation.ts'
import type { Run } from '../run.ts'
import { compileFetch, runFetch, type Fetch, type FetchSettings } from './fetch.ts'

/** What is to be done: fetches, some after and some beside each other. */
export type Step =
  | { kind: 'fetch'; fetch: Fetch }
  | { kind: 'sequence'; steps: Step[] }
  | { kind: 'parallel'; steps: Step[] }

/** Prepares a plan for one choice of its conditions. @param path where the answers of `node` belong. */
export function compileStep(
  node: PlanNode | undefined,
  path: (string | number)[],
  conditions: Conditions,
  settings: FetchSettings,
): Step | null {
  switch (node?.kind) {
    case undefined:
      return null
    case 'Fetch':
      return { kind: 'fetch', fetch: compileFetch(node, path, settings) }
    case 'Flatten':
      return compileStep(node.node, [...path, ...node.path], conditions, settings)
    case 'Condition':
      return compileStep(conditions.get(node.condition) ? node.ifClause : node.elseClause, path, conditions, settings)
    case 'Sequence':
      return groupOf('sequence', node.nodes, path, conditions, settings)
    case 'Parallel':
      return groupOf('parallel', node.nodes, path, conditions, settings)
    case 'Defer':
      throw new Error('@defer is not served by this gateway')
  }
}

function groupOf(
  kind: 'sequence' | 'parallel',
  nodes: PlanNode[],
  path: (string | number)[],
  conditions: Conditions,
  settings: FetchSettings,
): Step | null {
  const steps = nodes.map((node) => compileStep(node, path, conditions, settings)).filter((step) => step !== null)
  return steps.length > 1 ? { kind, steps } : (steps[0] ?? null)
}

/** The subgraphs that a plan may ask, whatever its conditions; some more than once. */
export function subgraphsIn(node: QueryPlan['node']): string[] {
  switch (node?.kind) {
    case 'Fetch':
      return [node.serviceName]
    case 'Flatten':
      return subgraphsIn(node.node)
    case 'Condition':
      return [...subgraphsIn(node.ifClause), ...subgraphsIn(node.elseClause)]
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(subgraphsIn)
    default:
      return []
  }
}

/** Runs a step; what fails in it is told in `run.errors`. */
export async function runStep(step: Step, run: Run): Promise<void> {
  if (step.kind === 'fetch') return runFetch(step.fetch, run)
  if (step.kind === 'parallel') return void (await Promise.all(step.steps.map((each) => runStep(each, run))))
  for (const each of step.steps) await runStep(each, run)
}
