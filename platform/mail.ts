import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createTransport } from 'nodemailer'

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

/** Sends mails over SMTP, or writes them to `DATA_DIR/mail` as files that mail programs can open. */
export function createMailer({ smtpUrl, from, dataDir }: MailSettings): Mailer {
  if (!smtpUrl) return fileMailer(from, join(resolve(dataDir), 'mail'))
  const transport = createTransport(smtpUrl)
  return async (mail) => void (await transport.sendMail(messageOf(mail, from)))
}

function fileMailer(from: string, folder: string): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true })
  return async (mail) => {
    const { message } = await transport.sendMail(messageOf(mail, from))
    await mkdir(folder, { recursive: true })
    // Moved into place as a whole: whoever looks finds a mail or none.
    const draft = join(folder, `.${mail.key}.${process.pid}`)
    await writeFile(draft, message)
    await rename(draft, join(folder, `${mail.key}.eml`))
  }
}

function messageOf({ to, subject, text, key }: Mail, from: string) {
  return { from, to, subject, text, messageId: `<${key}@${from.split('@').at(-1)?.replace('>', '')}>` }
}
