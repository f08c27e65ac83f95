/** CPU time that this process takes for each of some rounds of work, in ms; clients and servers that run in it included. */
export async function cpuOf(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round++) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / rounds
}
