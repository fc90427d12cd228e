/** The environment of the process, handed in. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface VariableFault {
  readonly message: string;
  /** Where it stands in the text, in UTF-16 units. */
  readonly offset: number;
  readonly length: number;
}

export interface Substituted {
  readonly text: string;
  /** Was there anything to fill in? */
  readonly changed: boolean;
  readonly faults: readonly VariableFault[];
}

const REFERENCE = /\$\$|\$\{([^}]*)(\}?)/g;

/**
 * Fills `${VAR}` and `${VAR:-default}` (default also when VAR is empty); `$$` is a dollar sign, any other `$` stays.
 * Runs on values that are already parsed, once: what a variable holds is never read as YAML nor filled in again.
 */
export function substituteVariables(text: string, env: Environment): Substituted {
  if (!text.includes("$")) return { text, changed: false, faults: [] };
  const faults: VariableFault[] = [];
  const filled = text.replace(REFERENCE, (whole: string, inner: string | undefined, close: string, offset: number) => {
    if (inner === undefined) return "$";
    const value = close === "" ? undefined : parseReference(inner);
    if (value === undefined) {
      faults.push({
        message: "is not closed, or not of the form ${NAME} or ${NAME:-default}",
        offset,
        length: whole.length,
      });
      return whole;
    }
    const found = Object.hasOwn(env, value.name) ? env[value.name] : undefined;
    if (value.fallback !== undefined) return found === undefined || found === "" ? value.fallback : found;
    if (found !== undefined) return found;
    faults.push({ message: `variable ${value.name} is not set`, offset, length: whole.length });
    return whole;
  });
  return { text: filled, changed: filled !== text, faults };
}

function parseReference(inner: string): { readonly name: string; readonly fallback?: string } | undefined {
  const match = /^([A-Za-z_][A-Za-z0-9_]{0,127})(?::-([\s\S]*))?$/.exec(inner);
  if (match?.[1] === undefined) return undefined;
  return { name: match[1], ...(match[2] === undefined ? {} : { fallback: match[2] }) };
}
