/** What a process held at a time. */
export interface Sample {
  minute: number
  /** MB. */
  memory: number
  handles: number
}

/** What memory may rise by in an hour, in MB, and handles: noise, and no leak that would be met in a week. */
const MORE = { memory: 30, handles: 5 }

/** How what a process holds changes, by the line of least squares. */
export function trendOf(samples: Sample[]): { text: string; isFlat: boolean } {
  const [memory, handles] = [perHour(samples, 'memory'), perHour(samples, 'handles')]
  const held = samples.map((sample) => sample.memory)
  const text = `Memory ${Math.min(...held).toFixed(0)} to ${Math.max(...held).toFixed(0)} MB, ${signed(memory)} MB an hour; handles ${signed(handles)} an hour; ${samples.length} samples.`
  return { text, isFlat: memory <= MORE.memory && handles <= MORE.handles }
}

/** The slope of the regression line, for an hour. */
function perHour(samples: Sample[], of: 'memory' | 'handles'): number {
  const mean = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length
  const [x, y] = [mean(samples.map(({ minute }) => minute)), mean(samples.map((sample) => sample[of]))]
  const covariance = mean(samples.map((sample) => (sample.minute - x) * (sample[of] - y)))
  const variance = mean(samples.map(({ minute }) => (minute - x) ** 2))
  return (covariance / variance) * 60
}

const signed = (number: number) => `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(1)}`
