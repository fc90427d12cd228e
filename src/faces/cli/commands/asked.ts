/** What a person typed, as words to be typed again. */
import type { Asked } from "../../../app/asked.ts";
import { flagWords } from "../../../core/model/shell.ts";
import type { CommonOptions } from "../context.ts";
import type { OpenedTarget } from "../open-target.ts";
import type { GoalOptions } from "./goal.ts";

/** What `plan` and `revert` take; from `mode` on, `revert` alone. */
interface AskedOptions extends GoalOptions {
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  readonly trafficFirst?: boolean;
  readonly mode?: string;
  readonly merge?: boolean;
  readonly branch?: string;
  readonly reason?: string;
  readonly wait?: string;
  readonly timeout?: string;
}

/**
 * How this command was asked. Answers in advance (`-y`) are left out: what is proposed writes something else, and is to be looked
 * at. `opened`: of a `plan`; where it stands on a revision that is no branch, a revert can only stand there with `--mode branch`.
 */
export async function askedOf(options: AskedOptions, opened?: Pick<OpenedTarget, "world">): Promise<Asked> {
  const { target, only = [], except = [], merge, base } = options;
  const text = (flag: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : flagWords(flag, value);
  const here = opened !== undefined && base !== undefined && options.mode === undefined && merge !== true;
  const mode = here && !(await isBranch(base, opened)) ? "branch" : options.mode;
  return {
    ...(target === undefined ? {} : { target }),
    place: placeWords(options),
    selection: [
      ...(options.trafficFirst === true ? ["--traffic-first"] : []),
      ...(options.trafficFirst === false ? ["--no-traffic-first"] : []),
      ...only.flatMap((one) => text("--only", one)),
      ...except.flatMap((one) => text("--except", one)),
    ],
    revertFlags: [
      ...text("--mode", mode),
      ...(merge === true ? ["--merge"] : []),
      ...text("--branch", options.branch),
      ...text("--reason", options.reason),
      ...text("--wait", options.wait),
      ...text("--timeout", options.timeout),
    ],
  };
}

/** Where to look: the flags that every command takes. */
export function placeWords(options: CommonOptions): readonly string[] {
  const { config, repo, namespace, base, kubeconfig, context } = options;
  return [
    ...(config === undefined ? [] : flagWords("--config", config)),
    ...(repo === undefined ? [] : flagWords("--repo", repo)),
    ...(namespace === undefined ? [] : flagWords("--namespace", namespace)),
    ...(base === undefined ? [] : flagWords("--base", base)),
    ...(kubeconfig === undefined ? [] : flagWords("--kubeconfig", kubeconfig)),
    ...(context === undefined ? [] : flagWords("--context", context)),
  ];
}

async function isBranch(name: string, { world: { repository } }: Pick<OpenedTarget, "world">): Promise<boolean> {
  const known = await Promise.all(
    ["refs/heads/", "refs/remotes/origin/"].map(async (prefix) => repository.resolve(prefix + name)),
  );
  return known.some((id) => id !== undefined);
}
