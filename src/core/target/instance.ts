/** One of the targets that several engines make of one manifest; see `discover`, which names them. */
export interface TargetInstance {
  /** Of the manifest's target. */
  readonly name: string;
  /** `east`; `flux/team-a` where an engine has it in several namespaces. */
  readonly place: string;
}

/** `api@east` where `east` is an engine; undefined for any other name. */
export function splitInstance(name: string, engines: readonly string[]): TargetInstance | undefined {
  const at = name.lastIndexOf("@");
  const place = name.slice(at + 1);
  const isKnown = engines.some((engine) => place === engine || place.startsWith(`${engine}/`));
  return at > 0 && isKnown ? { name: name.slice(0, at), place } : undefined;
}
