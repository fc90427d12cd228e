import type { Place } from "../errors.ts";
import type { Config } from "./config.ts";

/**
 * Where a policy's value is written: `placeOf(config, "careful", "good.bakeTime")` is the line in `default` when `careful`
 * only inherits it. Undefined when it is lastgood's own default.
 */
export function placeOf(config: Pick<Config, "policies" | "places">, policy: string, key: string): Place | undefined {
  for (let name: string | undefined = policy; name !== undefined; name = config.policies.get(name)?.extends) {
    const step = /^[\w/-]+$/.test(name) ? `.${name}` : `["${name}"]`;
    const place = config.places.get(`policies${step}.${key}`);
    if (place !== undefined) return place;
  }
  return undefined;
}
