import { channel } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'
import { isEventPassage, type Doom } from './doom.ts'

/**
 * Loaded before a part of the product (`node --import`): kills the process at a point that was named in `DIE_AT`, in
 * the middle of whatever it does there.
 */
const doom: Doom = JSON.parse(process.env.DIE_AT ?? '{"point":"","count":0}')
let left = doom.count

function pass(): void {
  if (--left > 0) return
  // Told at once, since nothing of this process is done later.
  writeSync(2, `died ${doom.point}\n`)
  process.kill(process.pid, 'SIGKILL')
}

if (doom.point === 'after a commit') channel('supergraph:commit').subscribe(pass)
else if (doom.point === 'in a fetch') channel('supergraph:fetch').subscribe(pass)
else
  channel('supergraph:event').subscribe((message) => {
    if (isEventPassage(message, doom.point)) pass()
  })
