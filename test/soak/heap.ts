import { once } from 'node:events'
import { eventually } from '../support/eventually.ts'
import type { Child } from '../support/child.ts'

/** What a process that is started with this lets others ask of its heap. */
export const OPEN = '--inspect=127.0.0.1:0'

/** Looks into the heap of another process. */
export interface Heap extends Disposable {
  /** What it holds after garbage was collected, in MB. */
  held: () => Promise<number>
}

/** @param child a process that was started with `OPEN` */
export async function heapOf(child: Child): Promise<Heap> {
  const socket = new WebSocket(await addressOf(child))
  await once(socket, 'open')
  let asked = 0
  const ask = (method: string) => {
    const id = ++asked
    const { promise, resolve } = Promise.withResolvers<{ usedSize?: number }>()
    const onMessage = ({ data }: MessageEvent<string>) => {
      const answer: { id?: number; result?: { usedSize?: number } } = JSON.parse(data)
      if (answer.id !== id) return
      socket.removeEventListener('message', onMessage)
      resolve(answer.result ?? {})
    }
    socket.addEventListener('message', onMessage)
    socket.send(JSON.stringify({ id, method }))
    return promise
  }
  return {
    async held() {
      await ask('HeapProfiler.collectGarbage')
      const { usedSize = NaN } = await ask('Runtime.getHeapUsage')
      return usedSize / 1_048_576
    },
    [Symbol.dispose]: () => socket.close(),
  }
}

/** Where the debugger of a process listens, as it says itself. */
async function addressOf(child: Child): Promise<string> {
  let address = ''
  await eventually(async () => {
    address = /(ws:\S+)/.exec(child.errors())?.[1] ?? ''
    if (address === '') throw new Error('the process does not say where its debugger is')
  })
  return address
}
