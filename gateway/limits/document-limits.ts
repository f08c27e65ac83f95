import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type OperationDefinitionNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import { DocumentSizes } from './document-size.ts'
import type { DocumentLimits } from './limit-settings.ts'

/** Mutations that try passwords: several in one operation would be several guesses for one request. */
const SIGN_INS = new Set(['signIn', 'signUp'])

/** One limit of an operation: what it has, and how much of that it may have. */
type Check = [count: number, most: number, what: string]

/** Refuses documents that ask for too much, before anything of them runs; fragments count wherever they are spread. */
export function documentLimits(limits: DocumentLimits): ValidationRule {
  return (context) => {
    const sizes = new DocumentSizes((name) => context.getFragment(name))
    return {
      Document(document) {
        const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
        const check: Check = [operations.length, limits.operations, 'operations']
        if (isTooMuch(check)) context.reportError(new GraphQLError(`The document has ${messageOf(check)}`))
      },
      OperationDefinition(operation) {
        checkOperation(context, sizes, operation, limits)
        return false
      },
    }
  }
}

function checkOperation(
  context: ValidationContext,
  sizes: DocumentSizes,
  operation: OperationDefinitionNode,
  limits: DocumentLimits,
): void {
  const { depth, fields, aliases, directives } = sizes.of(operation.selectionSet)
  const checks: Check[] = [
    [depth, limits.depth, 'levels of fields'],
    [fields, limits.fields, 'fields'],
    [aliases, limits.aliases, 'aliases'],
    [directives + (operation.directives?.length ?? 0), limits.directives, 'directives'],
    // Where there are too many fields, looking at each of them is what the limit spares.
    ...(fields > limits.fields ? [] : rootChecks(sizes, operation, limits)),
  ]
  const broken = checks.find(isTooMuch)
  if (broken) context.reportError(new GraphQLError(`The operation has ${messageOf(broken)}`, { nodes: operation }))
}

function rootChecks(sizes: DocumentSizes, operation: OperationDefinitionNode, limits: DocumentLimits): Check[] {
  const fields = sizes.rootFields(operation.selectionSet)
  const roots: Check = [fields.length, limits.rootFields, 'fields at its root']
  if (operation.operation !== OperationTypeNode.MUTATION) return [roots]
  const signIns = fields.filter(({ name }) => SIGN_INS.has(name.value))
  return [
    [signIns.length, limits.signIns, 'sign-ins or sign-ups'],
    [fields.length, limits.mutations, 'mutations'],
    roots,
  ]
}

const isTooMuch = ([count, most]: Check) => count > most

function messageOf([count, most, what]: Check): string {
  return `${count === Infinity ? `${what} without end` : `${count} ${what}`}, and at most ${most} are allowed.`
}
