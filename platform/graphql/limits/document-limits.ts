import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type OperationDefinitionNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql'
import { DocumentSizes, type Size } from './document-size.ts'
import type { DocumentLimits } from './operation-limit-settings.ts'

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
  const size = sizes.of(operation.selectionSet)
  const isMutation = operation.operation === OperationTypeNode.MUTATION
  const checks: Check[] = [
    [size.depth, limits.depth, 'levels of fields'],
    [size.fields, limits.fields, 'fields'],
    [size.aliases, limits.aliases, 'aliases'],
    [size.directives + (operation.directives?.length ?? 0), limits.directives, 'directives'],
    ...(isMutation ? mutationChecks(size, limits) : []),
    [size.roots, limits.rootFields, 'fields at its root'],
  ]
  const broken = checks.find(isTooMuch)
  if (broken) context.reportError(new GraphQLError(`The operation has ${messageOf(broken)}`, { nodes: operation }))
}

function mutationChecks({ roots, signIns }: Size, limits: DocumentLimits): Check[] {
  return [
    [signIns, limits.signIns, 'sign-ins or sign-ups'],
    [roots, limits.mutations, 'mutations'],
  ]
}

const isTooMuch = ([count, most]: Check) => count > most

function messageOf([count, most, what]: Check): string {
  return `${count === Infinity ? `${what} without end` : `${count} ${what}`}, and at most ${most} are allowed.`
}
