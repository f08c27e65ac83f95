import type { ASTNode, DocumentNode } from 'graphql'

/** Looks at a schema file, and reports what breaks the rule. */
export type Rule = (document: DocumentNode, report: (node: ASTNode, message: string) => void) => void
