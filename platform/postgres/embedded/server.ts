import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../../process/log.ts'
import { StartError } from '../../process/start-error.ts'
import { findBinaries } from './binaries.ts'
import { holdDataDirectory, makeDataDirectory, openFolder, stopAbandonedServer } from './data-directory.ts'
import { embeddedUrl, SUPERUSER } from './running-server.ts'
import { unprivilegedUser, type User } from './unprivileged.ts'

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Where the server listens, with its superuser's name and password. */
  url: string
}

export interface EmbeddedSettings {
  dataDir: string
  /** Server parameters, such as `{ fsync: 'off' }`. */
  parameters?: Record<string, string>
}

/** How long a start may wait for processes of a killed server to end, in ms. */
const PATIENCE = 10_000
const ENDED_STILL = /pre-existing shared memory block|lock file .* already exists/

/** A folder as PostgreSQL sees it, and who runs it. */
interface Cluster {
  binaries: string
  user: User | undefined
  /** The folder of the cluster, opened for the child process as its descriptor 3. */
  fd: number
  /** The folder's path for the child process. */
  folder: string
}

/**
 * Starts the PostgreSQL server that npm installed, on a free port of 127.0.0.1, with its data below `dataDir`;
 * makes the cluster where there is none. Its release stops the server and waits for it.
 * @throws StartError when the folder cannot be used or the server does not come up.
 */
export async function startEmbeddedPostgres(settings: EmbeddedSettings): Promise<EmbeddedPostgres> {
  await using started = new AsyncDisposableStack()
  const { folder, user } = await makeDataDirectory(settings.dataDir, await unprivilegedUser())
  started.use(await holdDataDirectory(settings.dataDir))
  const { fd } = started.use(await openFolder(folder))
  // Through its descriptor the folder can be reached even where its parents cannot; only Linux has such paths.
  const cluster = {
    binaries: await findBinaries(user),
    user,
    fd,
    folder: process.platform === 'linux' ? '/proc/self/fd/3' : folder,
  }
  const password = await ensureCluster(folder, cluster)
  await stopAbandonedServer(join(folder, 'cluster'))
  const { server, port } = await launchPatiently(cluster, settings.parameters ?? {})
  started.defer(() => stop(server))
  const releases = started.move()
  return {
    url: embeddedUrl(password, port),
    [Symbol.asyncDispose]: () => releases.disposeAsync(),
  }
}

/**
 * Makes the cluster once, and gives its password. It is made aside and moved into place as a whole: a half-made one,
 * left by a kill, is never taken for a whole one, and whoever still writes to it disturbs nobody.
 */
async function ensureCluster(folder: string, cluster: Cluster): Promise<string> {
  if (await stat(join(folder, 'cluster')).catch(() => null)) return readFile(join(folder, 'password'), 'utf8')
  const draft = await mkdtemp(join(folder, 'unfinished-'))
  const password = randomBytes(24).toString('base64url')
  await writeFile(join(draft, 'password'), password, { mode: 0o644 })
  if (cluster.user) await chown(draft, cluster.user.uid, cluster.user.gid)
  await makeCluster(cluster, basename(draft))
  await rename(join(draft, 'password'), join(folder, 'password'))
  await rename(join(draft, 'cluster'), join(folder, 'cluster'))
  await removeDrafts(folder)
  return password
}

async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(folder)).filter((name) => name.startsWith('unfinished-'))
  const removals = drafts.map((name) => rm(join(folder, name), { recursive: true, force: true, maxRetries: 10 }))
  await Promise.allSettled(removals)
}

async function makeCluster(cluster: Cluster, draft: string): Promise<void> {
  const { child, output } = run(cluster, 'initdb', [
    `--pgdata=${cluster.folder}/${draft}/cluster`,
    `--pwfile=${cluster.folder}/${draft}/password`,
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ])
  const [code] = await once(child, 'close')
  if (code === 0) return
  if (output.text().includes('could not look up effective user'))
    throw new StartError(
      'The embedded PostgreSQL runs only as a user that the system knows (/etc/passwd): run as another one, or set DATABASE_URL.',
    )
  throw new StartError(`PostgreSQL could not make its files: ${output.last()}`)
}

/** Starts the server; while processes of a killed one still end, tries again. */
async function launchPatiently(
  cluster: Cluster,
  parameters: Record<string, string>,
): Promise<{ server: ChildProcess; port: number }> {
  for (const end = Date.now() + PATIENCE; ; await sleep(200)) {
    const port = await freePort()
    const { child, output } = run(cluster, 'postgres', [
      `-D${cluster.folder}/cluster`,
      ...flags({ ...parameters, port: String(port) }),
    ])
    if (await isReady(child, output)) {
      child.on('exit', (code, signal) => log.warn({ code, signal }, 'the embedded PostgreSQL ended'))
      return { server: child, port }
    }
    if (Date.now() > end || !ENDED_STILL.test(output.text()))
      throw new StartError(`The embedded PostgreSQL does not start: ${output.last()}`)
  }
}

function flags(parameters: Record<string, string>): string[] {
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200', ...parameters }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function run({ binaries, user, fd }: Cluster, program: string, args: string[]) {
  const child = spawn(join(binaries, 'bin', program), args, {
    ...user,
    cwd: '/',
    // Its own process group: Ctrl-C reaches this process alone, which stops the server in its turn.
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe', fd],
  })
  return { child, output: collectOutput(child) }
}

/** Keeps the latest that a process wrote, to tell why it failed. */
function collectOutput(child: ChildProcess) {
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  child.on('error', (error) => keep(Buffer.from(`FATAL: ${error.message}\n`)))
  return {
    text: () => text,
    last: () =>
      text
        .split('\n')
        .findLast((line) => /FATAL|PANIC|error:/.test(line))
        ?.replace(/^.*?(FATAL|PANIC|error): */, '') ?? text.trim(),
  }
}

async function isReady(child: ChildProcess, output: { text: () => string }): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    if (output.text().includes('ready to accept connections')) return true
    await sleep(10)
  }
  return false
}

/** A fast stop: open transactions are undone, nothing that was committed is lost. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.removeAllListeners('exit')
  server.kill('SIGINT')
  await once(server, 'exit')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return address.port
}
