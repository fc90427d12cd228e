import { describe, expect, it } from "vitest";

import { AT } from "../support/github-world.ts";
import { begin } from "../support/story.ts";
import { carrier, comesGreen, pods } from "../support/two-colours.ts";

describe("traffic first, by a pull request", () => {
  it("is not merged by itself while nobody has seen what gets the traffic run; a person may propose it", async () => {
    const story = await begin(comesGreen());
    const mina = story.person();
    const revert = `lastgood revert ./apps/shop --to #1 --traffic-first -y --repo ${story.url}`;
    const merged = await mina.run(`${revert} --merge`);
    expect(merged.exit).toBe(5);
    expect(merged.stderr).toContain("Deployment/blue must be Current to get the traffic, and nobody has seen that");
    expect(await story.pullRequests()).toEqual([]);

    expect((await mina.run(revert)).exit).toBe(0);
    const [pull] = await story.pullRequests();
    expect(await story.text("apps/shop/service.yaml", pull?.branch)).toBe(carrier("blue"));
    expect(await story.text("apps/shop/green.yaml", pull?.branch)).toBe(pods("green", 2));
    expect(pull?.body).toContain("only traffic goes back: Deployment/green stays as it is");
    expect(pull?.body).toContain("lastgood revert apps/shop --to");
  });
});

describe("what manifests ask for", () => {
  it("keeps a person's command from merging, is shown, and says who is asked", async () => {
    const story = await begin(comesGreen(`lastgood.dev/mode: propose, lastgood.dev/reviewers: "@rita"`));
    const mina = story.person();
    const to = `./apps/shop --to #1 --repo ${story.url}`;
    const plan = await mina.run(`lastgood plan ${to}`);
    expect(plan.stdout).toContain('its manifests say: as far as "propose"; ask @rita');
    const merged = await mina.run(`lastgood revert ${to} -y --merge`);
    expect(merged.exit).toBe(5);
    expect(merged.stderr).toContain('manifests of apps/shop let lastgood go as far as "propose", not "merge"');
    expect((await mina.run(`lastgood revert ${to} -y`)).exit).toBe(0);
    const { data } = await story.github.octokit("mina").pulls.get({ ...AT, pull_number: 1 });
    expect(data.requested_reviewers?.map(({ login }) => login)).toEqual(["rita"]);
  });
});
