/** Samples of one source that say the same, one after the other. */
export interface Streak {
  /** Of its first and its last sample, epoch ms: a streak is as long as what was seen, not as what was hoped since. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly samples: number;
}

/** The streak with one more sample; a new one when it had been silent for too long. */
export function extendStreak(streak: Streak | undefined, atMs: number, maxStaleMs: number): Streak {
  if (streak === undefined || atMs - streak.untilMs > maxStaleMs) return { sinceMs: atMs, untilMs: atMs, samples: 1 };
  return { sinceMs: streak.sinceMs, untilMs: atMs, samples: streak.samples + 1 };
}

/** The streak after a sample that says neither: it goes on for a moment (a container that restarts, a scale-up), not for long. */
export function keepStreak(streak: Streak | undefined, atMs: number, maxStaleMs: number): Streak | undefined {
  return streak === undefined || atMs - streak.untilMs > maxStaleMs ? undefined : streak;
}

/** How long was it seen, in ms? `fromMs`: what lies before does not count. */
export function streakLengthMs(streak: Streak, fromMs = streak.sinceMs): number {
  return streak.untilMs - Math.max(streak.sinceMs, fromMs);
}
