/** What a process held at a time. */
export interface Sample {
  minute: number
  /** All of it, and what of it objects take that are still in use; in MB. */
  memory: number
  heap: number
  handles: number
}

/** What memory and the heap may rise by in an hour, in MB, and handles: noise, and no leak that would be met in a week. */
const MORE = { memory: 30, heap: 5, handles: 5 }

const KINDS = ['memory', 'heap', 'handles'] as const
type Kind = (typeof KINDS)[number]

/** How what a process holds changes, by the line of least squares. */
export function trendOf(samples: Sample[]): { text: string; isFlat: boolean } {
  const trends = KINDS.map((kind) => ({
    kind,
    slope: perHour(samples, kind),
    values: samples.map((each) => each[kind]),
  }))
  const texts = trends.map(
    ({ kind, slope, values }) =>
      `${kind} ${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}, ${signed(slope)} an hour`,
  )
  const isFlat = trends.every(({ kind, slope }) => slope <= MORE[kind])
  return { text: `${texts.join('; ')}; ${samples.length} samples.`, isFlat }
}

/** The slope of the regression line, for an hour. */
function perHour(samples: Sample[], of: Kind): number {
  const mean = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length
  const [x, y] = [mean(samples.map(({ minute }) => minute)), mean(samples.map((sample) => sample[of]))]
  const covariance = mean(samples.map((sample) => (sample.minute - x) * (sample[of] - y)))
  const variance = mean(samples.map(({ minute }) => (minute - x) ** 2))
  return (covariance / variance) * 60
}

const signed = (number: number) => `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(1)}`
