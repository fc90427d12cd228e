/** The next patch version: `1.24.6` → `1.24.7`, without what stood behind it; what is no version stays. */
export function bumpVersion(version: string): string {
  const match = /^(v?\d{1,15}\.\d{1,15}\.)(\d{1,15})(?:[-+].*)?$/.exec(version);
  return match?.[1] === undefined ? version : `${match[1]}${Number(match[2]) + 1}`;
}
