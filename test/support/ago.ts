/** RFC 3339 of so many milliseconds ago, whole seconds as Kubernetes has them. */
export function ago(ms: number): string {
  return new Date(Math.floor((Date.now() - ms) / 1000) * 1000).toISOString().replace(".000", "");
}
