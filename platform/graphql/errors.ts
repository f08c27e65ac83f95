import { HeaderMap } from '@apollo/server'
import { GraphQLError } from 'graphql'

/** Every code of our own; Apollo's are in `formatting.ts`. The README says what each asks of a client. */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'UNAVAILABLE',
  'TIMEOUT',
  'RATE_LIMITED',
  'BAD_REQUEST',
  'COST_LIMIT_EXCEEDED',
  'OPERATION_NOT_LISTED',
  'PAYLOAD_TOO_LARGE',
  'INTERNAL_SERVER_ERROR',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** A failure that a client may know of, with a code that it can branch on. */
export class CodedError extends GraphQLError {
  constructor(code: ErrorCode, message: string, extensions: Record<string, unknown> = {}, options: ErrorOptions = {}) {
    super(message, {
      extensions: { ...extensions, code },
      originalError: options.cause instanceof Error ? options.cause : null,
    })
  }
}

/** Nobody is signed in, and somebody has to be. */
export class UnauthenticatedError extends CodedError {
  constructor(message = 'Sign in first.') {
    super('UNAUTHENTICATED', message)
  }
}

/** The viewer is not the one who may do this. */
export class ForbiddenError extends CodedError {
  constructor(message = 'You may not do this.') {
    super('FORBIDDEN', message)
  }
}

/** An argument breaks a rule that the schema cannot express. */
export class BadInputError extends CodedError {
  constructor(message: string) {
    super('BAD_USER_INPUT', message)
  }
}

/** A request that is refused as a whole, with the HTTP status that says so. */
export class RefusedError extends CodedError {
  readonly status: number
  readonly headers: [name: string, value: string][]

  constructor(
    code: ErrorCode,
    message: string,
    { status, headers = [], ...told }: { status: number; headers?: [string, string][]; retryAfter?: number },
  ) {
    super(code, message, { ...told, http: { status, headers: new HeaderMap(headers) } })
    this.status = status
    this.headers = headers
  }
}

/** After how many seconds what failed now may be tried again. */
export const RETRY_AFTER = 1

/** A part of the system cannot be reached, or has too much to do. */
export class UnavailableError extends CodedError {
  constructor(options: ErrorOptions = {}) {
    const message = 'A part of the service is not available now. Try again soon.'
    super('UNAVAILABLE', message, { retryAfter: RETRY_AFTER }, options)
  }
}

/** A part of the system took too long. */
export class TimeoutError extends CodedError {
  constructor(options: ErrorOptions = {}) {
    super('TIMEOUT', 'A part of the service took too long. Try again soon.', { retryAfter: RETRY_AFTER }, options)
  }
}

/** The viewer, or their address, did this too often lately. */
export class RateLimitedError extends CodedError {
  constructor(retryAt: Date) {
    const retryAfter = Math.max(1, Math.ceil((retryAt.getTime() - Date.now()) / 1_000))
    super('RATE_LIMITED', `Too many attempts lately. Try again after ${retryAt.toISOString()}.`, { retryAfter })
  }
}
