import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ago } from "../../support/ago.ts";
import { temporaryFolder } from "../../support/gitdir.ts";
import { TOKENS } from "../../support/github-world.ts";
import { deployment } from "../../support/manifests.ts";
import { type CliOptions, type CliRun, runCli } from "../../support/run-cli.ts";
import { begin, type Story } from "../../support/story.ts";

const MANIFEST = "apps/api/deployment.yaml";
const HOUR = 3_600_000;

export interface BrokenApi {
  readonly story: Story;
  /** The commits before and after the release. */
  readonly good: string;
  readonly bad: string;
  /** Where `run` runs, and the configuration lies. */
  readonly folder: string;
  readonly run: (args: readonly string[], options?: CliOptions) => Promise<CliRun>;
}

export interface BrokenApiFacts {
  /** Text of the configuration. */
  readonly config: string;
  /** Whose token is at hand; default: `mina`. */
  readonly token?: keyof typeof TOKENS;
  /** The cluster that can be asked. */
  readonly kubeconfig?: string;
  /** What is there from the beginning besides the release; `manifest`: where that stands, instead of in the target's folder. */
  readonly around?: { readonly manifest: string; readonly files: Readonly<Record<string, string>> };
}

/** `api` on the forge, with a release of an hour ago, and one of just now that breaks it; and a shell with a configuration. */
export async function brokenApi({ config, token = "mina", kubeconfig, around }: BrokenApiFacts): Promise<BrokenApi> {
  const { manifest, files } = around ?? { manifest: MANIFEST, files: {} };
  const first = { ...files, [manifest]: deployment("api:1.7.4") };
  const story = await begin([{ files: first, message: "fix(api): bump image to 1.7.4", date: ago(HOUR) }]);
  story.github.control.setClock(() => Date.now());
  const good = await story.tip();
  const bad = await story.push({ [manifest]: deployment("api:1.8.0") }, "feat(api): bump image to 1.8.0");
  const folder = temporaryFolder("config");
  const file = join(folder, "lastgood.yaml");
  writeFileSync(file, config);
  const env = {
    LASTGOOD_REPO: story.url,
    GH_TOKEN: TOKENS[token],
    XDG_CACHE_HOME: temporaryFolder("cache"),
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
  };
  const run: BrokenApi["run"] = async (args, options = {}) =>
    runCli([...args, "--config", file], { cwd: folder, env, ...options });
  return { story, good, bad, folder, run };
}
