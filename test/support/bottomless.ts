/** Tests, and the benchmark, ask more from one address than clients may: their buckets hold more than they can spend. */
export const BOTTOMLESS = { RATE_POINTS: '1000000000', RATE_REFILL: '1000000000' }

/** Nor do they refuse queries because tests keep the machine, or the process that they share, busy. */
export const UNHURRIED = { ...BOTTOMLESS, MAX_LOOP_DELAY_MS: '10000' }
