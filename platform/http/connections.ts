import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The connections of a server. Once it closes, node:http looks for slow requests no more, and waits for connections that
 * never sent one.
 */
export class Connections {
  /** With what is being answered on each; null for nothing. */
  readonly #answers = new Map<Socket, ServerResponse | null>()

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#answers.set(socket, null)
      socket.once('close', () => this.#answers.delete(socket))
    })
  }

  /** Remembers that a request is being answered. */
  note(response: ServerResponse): void {
    const { socket } = response.req
    this.#answers.set(socket, response)
    response.once('close', () => {
      if (this.#answers.get(socket) === response) this.#answers.set(socket, null)
    })
  }

  /** Ends those on which nothing is being answered: where a request was begun, its head is not there yet. */
  endUnused(): void {
    for (const [socket, answer] of this.#answers) if (!answer) socket.destroy()
  }

  /** Ends those whose request is not there as a whole. */
  endUnfinished(): void {
    for (const [socket, answer] of this.#answers) if (!answer?.req.complete) socket.destroy()
  }
}
