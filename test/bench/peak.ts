/**
 * How much memory this process ever held, in KiB. What Linux calls its peak counts what its parent held when it began, too (getrusage(2) of a
 * forked process); this is of its own. Stands by itself: `measure.ts` hands its text to a child.
 */
export function peakKiB(): number {
  const { maxRSS } = process.resourceUsage();
  try {
    const status = process.getBuiltinModule("node:fs").readFileSync("/proc/self/status", "latin1");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? maxRSS);
  } catch {
    // Not Linux.
    return maxRSS;
  }
}
