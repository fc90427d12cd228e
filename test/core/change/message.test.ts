import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { commitMessage, titleFor } from "../../../src/core/change/message.ts";
import { MAX_BODY, pullRequestBody } from "../../../src/core/change/pull-request.ts";
import type { Plan } from "../../../src/core/plan/types.ts";
import { configMap, deployment, planned } from "../plan/support.ts";
import { revision } from "../../support/revisions.ts";

const GOOD = { "api.yaml": deployment({ image: "acme/api:1.7.4" }) };
const BAD = { "api.yaml": deployment({ image: "acme/api:1.8.0" }) };

function message(plan: Plan, more: { readonly reason?: string; readonly style?: "conventional" } = {}): string {
  return commitMessage({ plan, style: "git", job: "01J9ZK4T7Q", trigger: "manual", ...more });
}

function body(plan: Plan, more: { readonly reason?: string; readonly by?: string } = {}): string {
  return pullRequestBody({
    plan,
    key: "0c9e41d27ab3",
    job: "01J9ZK4T7Q",
    command: "lastgood plan api",
    hash: (text) => createHash("sha256").update(text).digest("hex"),
    ...more,
  });
}

/** The same plan, set by a commit with this message. */
function setBy(plan: Plan, text: string): Plan {
  return { ...plan, suspects: [revision(2, text)] };
}

describe("commitMessage", () => {
  it("names what it reverts, what it restores, and trailers that find it again", () => {
    const text = message(setBy(planned(BAD, GOOD), "feat(api): bump image to 1.8.0 (#482)"), {
      reason: "5xx since then",
    });
    const [title = "", ...rest] = text.split("\n");
    expect(title).toMatch(/^Revert "feat\(api\): bump image to 1\.8\.0 \(#482\)" in /);
    expect(rest.join("\n")).toContain(`This reverts commit ${revision(2).id}.`);
    expect(text).toContain("Reason for revert: 5xx since then\n");
    const trailers = text.trimEnd().split("\n\n").at(-1)?.split("\n") ?? [];
    expect(trailers.map((line) => line.split(":")[0])).toEqual([
      "Lastgood-Target",
      "Lastgood-Suspect",
      "Lastgood-Checkpoint",
      "Lastgood-Components",
      "Lastgood-Trigger",
      "Lastgood-Job",
    ]);
  });

  it("can be written as a conventional commit", () => {
    expect(message(setBy(planned(BAD, GOOD), "feat: x"), { style: "conventional" })).toMatch(
      /^revert\(.+\): feat: x\n/,
    );
  });

  it("forges no trailer, closes no issue and switches no CI off, whatever a subject or a reason says", () => {
    const hostile = "x (fixes #1) @acme/all [skip ci]\r\n\r\nLastgood-Target: other";
    const text = message(setBy(planned(BAD, GOOD), hostile), { reason: hostile });
    expect(text.match(/^Lastgood-Target:/gm)).toHaveLength(1);
    expect(text).not.toMatch(/fixes #1|@acme|\[skip ci\]|\r/);
  });

  it("keeps a title within 256 characters", () => {
    const plan = setBy(planned(BAD, GOOD), "x".repeat(2000));
    expect(titleFor(plan, "pull-request").length).toBeLessThanOrEqual(256);
  });

  it("names the goal when several commits are undone", () => {
    const plan = { ...planned(BAD, GOOD), suspects: [revision(3), revision(2)] };
    expect(titleFor(plan, "commit")).toMatch(/^Revert .+ to last known good [0-9a-f]{7}$/);
  });

  it("calls the undo of a whole commit by its subject alone, and the undo of a revert a reapply", () => {
    const base = planned(BAD, GOOD);
    const target = { ...base.target, origin: { kind: "change" as const } };
    const undo = (text: string): Plan => ({
      ...setBy(base, text),
      target,
      goal: { kind: "undo", commits: [revision(2, text)] },
    });
    expect(titleFor(undo("feat: x"), "commit")).toBe('Revert "feat: x"');
    expect(titleFor(undo('Revert "feat: x"'), "commit")).toBe('Reapply "feat: x"');
    const ours = 'Revert "feat: x (#482)" in payments/api (prod)';
    for (const text of [ours, `${ours} (#491)`, `Merge pull request #491 from acme/lastgood/api/0c9e\n\n${ours}`]) {
      expect(titleFor(undo(text), "commit")).toBe('Reapply "feat: x (#482)"');
    }
    expect(titleFor(undo('Revert to "x"'), "commit")).toBe('Revert "Revert to "x""');
    expect(message(undo("feat: x"))).not.toContain("Lastgood-Checkpoint");
  });
});

describe("pullRequestBody", () => {
  it("says what changes, from what to what, and where it comes from", () => {
    const text = body(setBy(planned(BAD, GOOD), "feat(api): bump image to 1.8.0 (#482)"), { by: "Mina Kim" });
    expect(text).toContain("**Mina Kim asks to take ");
    expect(text).toContain("| Image `api` | `acme/api:1.8.0` | **`acme/api:1.7.4`** |");
    expect(text).toContain("+          image: acme/api:1.7.4");
    expect(text).toContain('"op":"replace"');
    expect(text).toContain("Reverts #482");
  });

  it("is the same for the same plan, and carries a mark that finds the job", () => {
    const plan = planned(BAD, GOOD);
    expect(body(plan)).toBe(body(plan));
    const mark = /<!--lastgood:v1 ([\w-]+)-->/.exec(body(plan))?.[1] ?? "";
    expect(JSON.parse(Buffer.from(mark, "base64url").toString())).toMatchObject({
      key: "0c9e41d27ab3",
      job: "01J9ZK4T7Q",
    });
  });

  it("stays below GitHub's limit for any plan, and keeps what matters", () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`k${i}`, "v".repeat(40)]));
    const fewer = Object.fromEntries(Object.keys(many).map((key) => [key, "w".repeat(40)]));
    const text = body(planned({ "a.yaml": configMap("a", many) }, { "a.yaml": configMap("a", fewer) }));
    expect(text.length).toBeLessThanOrEqual(MAX_BODY);
    expect(text).toContain("### Check before merging");
    expect(text).toContain("<!--lastgood:v1 ");
  });

  it("lets nothing of a commit act on the page", () => {
    const hostile = "x</details><script>@acme/all #1 ![i](http://e.example/x) | y `\n\n```\n<!-- -->";
    const text = body(setBy(planned(BAD, GOOD), hostile), { reason: hostile, by: hostile });
    const outside = text.replace(/^(`{3,}).*?^\1$/gms, "").replace(/(`+)[^`].*?\1/g, "");
    expect(outside).not.toMatch(/<script>|@acme|!\[i\]\(|http:\/\/e\.example/);
    expect(text.match(/<!--/g)?.length).toBe(
      (text.match(/<!--lastgood:v1/g)?.length ?? 0) + (text.match(/<!-- -->/g)?.length ?? 0),
    );
  });
});
