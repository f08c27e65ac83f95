/** How many errors an answer has at most, and are looked for: more of them help nobody, and tell an attacker more. */
export const MOST_ERRORS = 5
