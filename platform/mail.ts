import { join, resolve } from 'node:path'
import { createTransport } from 'nodemailer'
import { UnavailableError } from './graphql/errors.ts'
import { writeWhole } from './process/write-whole.ts'

export interface Mail {
  to: string
  subject: string
  text: string
  /** The same for every attempt to send this mail, so that a repeat can be told from another one. */
  key: string
}

/** Sends a mail. @throws when it could not be handed over. */
export type Mailer = (mail: Mail) => Promise<void>

export interface MailSettings {
  /** Where mails are handed over; undefined writes them to files. */
  smtpUrl: string | undefined
  from: string
  dataDir: string
}

/** How long a mail server may take to answer, in ms, and how long one that did not is left alone. */
const PATIENCE = 5_000
const LEFT_ALONE = 10_000

/** Sends mails over SMTP, or writes them to `DATA_DIR/mail` as files that mail programs can open. */
export function createMailer({ smtpUrl, from, dataDir }: MailSettings): Mailer {
  return smtpUrl ? smtpMailer(from, smtpUrl) : fileMailer(from, join(resolve(dataDir), 'mail'))
}

/** A server that is away or silent is no fault of the mail, and must not hold up what else there is to do. */
function smtpMailer(from: string, url: string): Mailer {
  const limits = {
    connectionTimeout: PATIENCE,
    greetingTimeout: PATIENCE,
    socketTimeout: PATIENCE,
    dnsTimeout: PATIENCE,
  }
  const transport = createTransport({ url, ...limits })
  let awayUntil = 0
  return async (mail) => {
    if (performance.now() < awayUntil) throw new UnavailableError({ cause: new Error('the mail server is left alone') })
    try {
      await transport.sendMail(messageOf(mail, from))
    } catch (error) {
      if (!isAway(error)) throw error
      awayUntil = performance.now() + LEFT_ALONE
      throw new UnavailableError({ cause: error })
    }
  }
}

/**
 * Whether a server is away: it could not be reached, or said so by a code of 400 to 499. What it says of one recipient, or
 * the library of one mail, is the mail's own.
 */
function isAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if ('command' in error && error.command === 'RCPT TO') return false
  if ('code' in error && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE')) return false
  const code = 'responseCode' in error ? Number(error.responseCode) : 0
  return code === 0 || (code >= 400 && code < 500)
}

function fileMailer(from: string, folder: string): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true })
  return async (mail) => {
    const { message } = await transport.sendMail(messageOf(mail, from))
    await writeWhole(join(folder, `${mail.key}.eml`), message)
  }
}

function messageOf({ to, subject, text, key }: Mail, from: string) {
  return { from, to, subject, text, messageId: `<${key}@${from.split('@').at(-1)?.replace('>', '')}>` }
}
