import { describe, expect, it } from "vitest";

import { AT } from "../support/github-world.ts";
import { type Canary, canaryField, findCanaries } from "../support/canaries.ts";
import { begin, type Person, type Story } from "../support/story.ts";

/** Two versions of each: 10,000 secrets that lastgood reads, compares and puts back. */
const FIELDS = 5000;

interface Planted {
  readonly canaries: readonly Canary[];
  readonly story: Story;
  readonly person: Person;
}

async function plant(fields: number): Promise<Planted> {
  const good = canaryField(fields, "good");
  const bad = canaryField(fields, "bad");
  const story = await begin([
    { files: good.files, message: "Set the services up (#1)" },
    { files: bad.files, message: `Rotate everything (#2)\n\nThe old token was ${bad.inMessage.text}.` },
  ]);
  return { story, person: story.person(), canaries: [...good.canaries, ...bad.canaries, bad.inMessage] };
}

/** Everything that this command wrote, and everything that it left on GitHub but the files themselves. */
async function outputs({ story, person }: Planted, lines: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const { stdout, stderr } = await person.run(`${line} --repo ${story.url}`);
    found.set(`${line}: stdout`, stdout);
    found.set(`${line}: stderr`, stderr);
  }
  const octokit = story.github.octokit("admin");
  const pulls = (await octokit.pulls.list({ ...AT, state: "all" })).data;
  for (const { number, title, body } of pulls) {
    found.set(`#${number}`, `${title}\n${body ?? ""}`);
    const comments = (await octokit.issues.listComments({ ...AT, issue_number: number })).data;
    found.set(`#${number} comments`, comments.map((comment) => comment.body ?? "").join("\n"));
    const commits = (await octokit.pulls.listCommits({ ...AT, pull_number: number })).data;
    found.set(`#${number} commits`, commits.map(({ commit }) => commit.message).join("\n"));
  }
  const statuses = (await octokit.repos.listCommits({ ...AT, sha: "main", per_page: 100 })).data.slice(0, -2);
  found.set("commits on main", statuses.map(({ commit }) => commit.message).join("\n"));
  return found;
}

function leaksOf(found: ReadonlyMap<string, string>, canaries: readonly Canary[]): readonly string[] {
  return [...found].flatMap(([place, text]) =>
    findCanaries(text, canaries).map(({ canary, encoding }) => `${place}: ${canary.where} ${encoding}`),
  );
}

describe("10,000 secrets", () => {
  it(
    "stay where they are: none in any output, pull request, comment or commit message, in eight encodings",
    { timeout: 300_000 },
    async () => {
      const planted = await plant(FIELDS);
      expect(planted.canaries.length).toBeGreaterThanOrEqual(10_000);
      const found = await outputs(planted, [
        "lastgood history ./apps",
        "lastgood plan ./apps --to #1 -v",
        "lastgood plan ./apps --to #1 --show diff",
        "lastgood plan ./apps --to #1 --show patch",
        "lastgood plan ./apps --to #1 --show pr",
        "lastgood plan ./apps --to #1 -o json",
        "lastgood plan --commit main -o yaml",
        "lastgood revert ./apps --to #1 --merge -y -v",
      ]);
      expect(found.get("lastgood plan ./apps --to #1 -o json: stdout")).toContain("•••• (changed)");
      expect(found.get("#1")).toContain("••••");
      expect(leaksOf(found, planted.canaries)).toEqual([]);
      expect(await planted.story.text("apps/secret-data.yaml")).toContain(planted.canaries[0]?.written ?? "");
    },
  );

  it(
    "stay where they are when things go wrong: conflicts, manifests that cannot be read, answers that repeat what was sent",
    { timeout: 300_000 },
    async () => {
      const planted = await plant(300);
      const { story } = planted;
      const later = canaryField(300, "later");
      await story.push(
        { ...later.files, "apps/torn.yaml": `${later.files["apps/secret-data.yaml"] ?? ""}\n  : [` },
        "Rotate again (#3)",
      );
      story.github.control.addFault({
        method: "POST",
        path: /\/pulls$/,
        does: {
          kind: "answer",
          status: 422,
          body: { message: `bad token ${later.canaries[0]?.text ?? ""} ghp_mina`, errors: [] },
        },
      });
      const found = await outputs(planted, [
        "lastgood plan --pr 2 -v",
        "lastgood plan --commit main~1 -o json",
        "lastgood revert ./apps --to #1 -y -v",
        "lastgood revert ./apps --to #1 --only nothing -y",
        "lastgood mark good ./apps main --reason 'ok'",
      ]);
      const own = { text: "ghp_mina", written: "ghp_mina", where: "the token of the person" };
      const echoed = later.canaries[0];
      expect(
        leaksOf(
          found,
          [...planted.canaries, ...later.canaries, own].filter((one) => one !== echoed),
        ),
      ).toEqual([]);
    },
  );
});
