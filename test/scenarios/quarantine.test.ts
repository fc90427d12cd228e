import { describe, expect, it } from "vitest";

import { deployment } from "../support/manifests.ts";
import { begin, type Story } from "../support/story.ts";

const API = "apps/payments/api/deployment.yaml";
const TARGET = "./apps/payments/api";
const GOOD = deployment("api:1.7.4");
const BAD = deployment("api:1.8.0");

const HISTORY = [
  { files: { [API]: deployment("api:1.7.3") }, message: "Add api (#440)" },
  { files: { [API]: GOOD }, message: "fix(api): bump image to 1.7.4 (#470)" },
  { files: { [API]: BAD }, message: "feat(api): bump image to 1.8.0 (#482)" },
] as const;

/** Everybody's image bots write to a branch of their own. */
async function bump(story: Story, branch: string, files: Parameters<Story["push"]>[0]): Promise<void> {
  const { git } = story.github.octokit("mina");
  const at = { owner: "acme", repo: "gitops" };
  const tip = (await git.getRef({ ...at, ref: "heads/main" })).data.object.sha;
  await git.createRef({ ...at, ref: `refs/heads/${branch}`, sha: tip });
  await story.push(files, "chore: bump", branch);
}

/** Only how the change would go back. */
const nothingHeld = (): unknown => expect.not.stringContaining("quarantine");

describe("a reverted image", () => {
  it("cannot come back before somebody says that it is fixed", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    const lastgood = async (line: string) => mina.run(`lastgood ${line} --repo ${story.url}`);
    expect(await lastgood(`mark good ${TARGET} #470 --reason 'quiet for a week'`)).toMatchObject({ exit: 0 });

    const merged = await lastgood(`revert ${TARGET} -y --merge --reason '5xx 12% since 1.8.0'`);
    expect(merged.exit).toBe(0);
    expect(merged.stderr).toMatch(/quarantined until \d{4}-\d\d-\d\d: acme\/api:1\.8\.0 \(lastgood quarantine list\)/);
    const listed = await lastgood("quarantine list");
    expect(listed.stdout.split("\n").map((line) => line.split("\t").slice(0, 3))).toEqual([
      ["acme/api:1.8.0", "image", "apps/payments/api"],
      [expect.stringMatching(/^[0-9a-f]{7}$/), "content", "apps/payments/api"],
      [""],
    ]);
    expect(listed.stdout).toMatch(/ #1\t5xx 12% since 1\.8\.0\n/);

    // A bot bumps it again, beside a change of its own: the image is told. Then byte for byte: told once, not twice.
    await bump(story, "bot", { [API]: deployment("api:1.8.0", { replicas: 3 }) });
    await bump(story, "again", { [API]: BAD });
    for (const branch of ["bot", "again"]) {
      const stopped = await lastgood(`check --base main --head ${branch}`);
      expect(stopped.exit).toBe(5);
      expect(stopped.stdout).toContain("1 quarantined artifact would come back\n");
      expect(stopped.stdout).toContain("containers[api].image");
      expect(stopped.stdout).toMatch(/quarantined \d+ \w{3} by job \w+ \(#1\): 5xx 12% since 1\.8\.0\. Until /);
    }
    await bump(story, "fix", { [API]: deployment("api:1.8.1") });
    expect(await lastgood("check --base main --head fix")).toMatchObject({ exit: 0, stdout: nothingHeld() });

    // The hint is a command that works.
    const stopped = await lastgood("check --base main --head again");
    const hint = /Fixed\? lastgood (.*) --reason/.exec(stopped.stdout)?.[1] ?? "";
    expect(await lastgood(`${hint} --reason 'it was the cache' -y`)).toMatchObject({ exit: 0 });
    expect(await lastgood("check --base main --head again")).toMatchObject({ exit: 0, stdout: nothingHeld() });
    expect(await lastgood("quarantine list")).toMatchObject({ exit: 0, stdout: "" });
  });

  it("is brought back by undoing the revert, which puts nothing good into quarantine", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    const lastgood = async (line: string) => mina.run(`lastgood ${line} --repo ${story.url}`);
    await lastgood(`mark good ${TARGET} #470 --reason 'quiet for a week'`);
    expect(await lastgood("revert --pr 482 -y --merge")).toMatchObject({ exit: 0 });

    const again = await lastgood("revert --pr 1 -y --merge");
    expect(again.exit).toBe(0);
    expect(again.stderr).not.toContain("quarantined");
    expect(await story.text(API)).toContain("api:1.8.0");
    expect((await lastgood("quarantine list")).stdout).not.toContain("1.7.4");

    const plan = await lastgood(`plan ${TARGET}`);
    expect(plan.stdout).toMatch(/containers\[api\]\.image   acme\/api:1\.8\.0 -> acme\/api:1\.7\.4/);
  });

  it("cannot come back by its tag alone, where the chart knows the repository", async () => {
    const values = (tag: string, replicas = 2): string =>
      `replicaCount: ${replicas}\nimage:\n  tag: ${tag} # {"$imagepolicy": "flux-system:api:tag"}\n`;
    const path = "apps/payments/api/values.yaml";
    const story = await begin([
      { files: { [path]: values("1.7.4") }, message: "Add api (#470)" },
      { files: { [path]: values("1.8.0") }, message: "chore(deps): update api to 1.8.0 (#482)" },
    ]);
    const lastgood = async (line: string) => story.person().run(`lastgood ${line} --repo ${story.url}`);
    expect(await lastgood(`mark good ${TARGET} #470 --reason quiet`)).toMatchObject({ exit: 0 });
    const merged = await lastgood(`revert ${TARGET} -y --merge --reason '5xx 12% since 1.8.0'`);
    expect(merged.exit).toBe(0);
    expect(merged.stderr).toContain(`: ${path} image.tag = 1.8.0 (lastgood quarantine list)`);
    expect((await lastgood("quarantine list -o name")).stdout).toMatch(
      new RegExp(`^${path} image\\.tag = 1\\.8\\.0\ncontent [0-9a-f]{7}\n$`),
    );

    await bump(story, "renovate/api-1.x", { [path]: values("1.8.0", 3) });
    const stopped = await lastgood("check --base main --head renovate/api-1.x");
    expect(stopped.exit).toBe(5);
    const [head, what, why, fixed] = stopped.stdout.split("\n");
    expect(head).toContain("1 quarantined artifact would come back");
    expect(what).toBe(`  ${path}:3:8   image.tag = 1.8.0`);
    expect(why).toMatch(/quarantined .* \(#1\): 5xx 12% since 1\.8\.0\. Until /);
    expect(fixed).toBe(
      `    Fixed? lastgood quarantine release apps/payments/api --value ${path}:image.tag=1.8.0 --reason "..."`,
    );
    const pullRequest = await lastgood("check --base main --head renovate/api-1.x --annotate");
    expect(pullRequest.stdout).toContain(`::error file=${path},line=3,col=8,title=In quarantine::image.tag = 1.8.0 is`);

    await bump(story, "renovate/api-1.8.1", { [path]: values("1.8.1", 3) });
    expect(await lastgood("check --base main --head renovate/api-1.8.1")).toMatchObject({
      exit: 0,
      stdout: nothingHeld(),
    });
    await bump(story, "web", { "apps/web/values.yaml": values("1.8.0") });
    expect(await lastgood("check --base main --head web")).toMatchObject({ exit: 0, stdout: nothingHeld() });
    const moved = "apps/payments/api/eu/values.yaml";
    await bump(story, "moved", { [path]: null, [moved]: values("1.8.0", 3) });
    expect((await lastgood("check --base main --head moved")).stdout).toContain(`  ${moved}:3:8   image.tag = 1.8.0`);

    const release = /Fixed\? lastgood (.*) --reason/.exec(stopped.stdout)?.[1] ?? "";
    expect(await lastgood(`${release} --reason 'it was the cache' -y`)).toMatchObject({ exit: 0 });
    expect(await lastgood("check --base main --head renovate/api-1.x")).toMatchObject({
      exit: 0,
      stdout: nothingHeld(),
    });
    expect(await lastgood("quarantine list")).toMatchObject({ exit: 0, stdout: "" });
  });

  it("is told by its bytes where nothing else names it", async () => {
    const flags = "apps/payments/api/flags.yaml";
    const on = (value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: flags\ndata:\n  fast: "${value}"\n`;
    const story = await begin([
      { files: { [API]: GOOD, [flags]: on("no") }, message: "Add api" },
      { files: { [flags]: on("yes") }, message: "Go faster (#9)" },
    ]);
    const lastgood = async (line: string) => story.person().run(`lastgood ${line} --repo ${story.url}`);
    await lastgood(`mark good ${TARGET} main~1 --reason calm`);
    const merged = await lastgood(`revert ${TARGET} -y --merge --reason 'too fast'`);
    expect(merged.stderr).toMatch(/quarantined until \d{4}-\d\d-\d\d: content [0-9a-f]{7} /);
    const { git } = story.github.octokit("mina");
    const at = { owner: "acme", repo: "gitops" };
    const tip = (await git.getRef({ ...at, ref: "heads/main" })).data.object.sha;
    await git.createRef({ ...at, ref: "refs/heads/again", sha: tip });
    await story.push({ [flags]: on("yes"), [API]: deployment("api:1.7.4", { replicas: 5 }) }, "Go faster", "again");
    const stopped = await lastgood("check --base main --head again");
    expect(stopped.exit).toBe(5);
    expect(stopped.stdout).toMatch(/flags\.yaml {3}content {3}exactly what [0-9a-f]{7} held/);
  });

  it("is nowhere on record without a config and without a ledger", async () => {
    const story = await begin(HISTORY);
    const lastgood = async (line: string) => story.person().run(`lastgood ${line} --repo ${story.url}`);
    const merged = await lastgood(`revert ${TARGET} --to #470 -y --merge`);
    expect(merged.exit).toBe(0);
    expect(merged.stderr).not.toContain("quarantine");
    expect(await lastgood("quarantine list")).toMatchObject({ exit: 0, stdout: "" });
  });

  it("is held for as long as the policy of the target says", async () => {
    const story = await begin(HISTORY);
    const mina = story.person();
    mina.save(
      "lastgood.yaml",
      `apiVersion: lastgood.dev/v1alpha1
kind: Config
targets: [{ name: payments/api, paths: [apps/payments/api] }]
policies: { default: { mode: merge, quarantine: { for: 36h } } }
`,
    );
    const merged = await mina.run(`lastgood revert payments/api --to #470 -y --merge --repo ${story.url}`);
    expect(merged).toMatchObject({ exit: 0 });
    const { stdout } = await mina.run(`lastgood quarantine list --json --repo ${story.url}`);
    const { entries } = (
      JSON.parse(stdout) as { readonly status: { readonly entries: readonly Readonly<Record<string, string>>[] } }
    ).status;
    expect(entries).toHaveLength(2);
    for (const { target, since = "", until = "" } of entries) {
      expect(target).toBe("payments/api");
      expect(Date.parse(until) - Date.parse(since)).toBe(36 * 3_600_000);
    }
  });
});
