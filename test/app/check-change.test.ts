import { describe, expect, it } from "vitest";

import { checkChange, type CheckRequest } from "../../src/app/check-change.ts";
import { commitId } from "../../src/core/model/git.ts";
import { readImage } from "../../src/core/quarantine/artifact.ts";
import type { QuarantineEntry } from "../../src/core/quarantine/state.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import type { CommitSpec } from "../support/gitdir.ts";
import { deployment } from "../support/manifests.ts";
import { quarantineRecord } from "../support/quarantine-record.ts";
import { serveOne } from "../support/revert-world.ts";

const API = "apps/api/deployment.yaml";
const WEB = "apps/web/deployment.yaml";
const LIST = "apps/api/kustomization.yaml";

function entry(target: string): QuarantineEntry {
  const artifact = readImage("acme/api:1.8");
  if (artifact === undefined) throw new Error("no image");
  return { artifact, target, record: quarantineRecord(1, { artifact, targets: [target] }) };
}

/** A pull request that brings `acme/api:1.8` to `path`, and `more`; the target `api` is known where `knows` says so. */
async function check(
  { path, more = {} }: { readonly path: string; readonly more?: Pick<CommitSpec, "files" | "remove"> },
  knows: "before" | "after" | "both" | "never",
  asked?: readonly string[],
): Promise<readonly string[]> {
  const { origin, world } = await serveOne([
    {
      files: {
        [API]: deployment("api:1.7"),
        [WEB]: deployment("api:1.7"),
        [LIST]: "resources: [deployment.yaml, ../web/deployment.yaml]\n",
      },
    },
    { branch: "change", from: "main", ...more, files: { [path]: deployment("api:1.8"), ...more.files } },
  ]);
  const [base, head] = [commitId(origin.id("main")), commitId(origin.id("change"))];
  const request: CheckRequest = {
    base,
    head,
    entries: [entry("api")],
    ...(asked === undefined ? {} : { targets: asked }),
    findTarget: async (_, commit) => {
      const known = knows === "both" || (knows === "before" ? commit === base : knows === "after" && commit === head);
      return known ? plainTarget(["apps/api"], { name: "api" }) : undefined;
    },
  };
  const { introduced } = await checkChange(request, world.repository);
  return introduced.map(({ place }) => place.file);
}

describe("checkChange", () => {
  it.each(["before", "after", "both"] as const)(
    "finds what comes to a target that is known %s the change",
    async (knows) => {
      expect(await check({ path: API }, knows)).toEqual([API]);
      expect(await check({ path: API }, knows, ["api"])).toEqual([API]);
    },
  );

  it("counts what belonged to the target before: taking it out of the target hides nothing", async () => {
    const more = { files: { [LIST]: "resources: [deployment.yaml]\n" } };
    expect(await check({ path: WEB, more }, "both")).toEqual([WEB]);
    expect(await check({ path: WEB, more: { remove: [LIST] } }, "both", ["api"])).toEqual([WEB]);
  });

  it("passes what belongs to the target on neither side", async () => {
    expect(await check({ path: "apps/other/deployment.yaml" }, "both")).toEqual([]);
  });

  it("counts everywhere for a target that is known on neither side, and refuses to be asked for it", async () => {
    expect(await check({ path: "apps/other/deployment.yaml" }, "never")).toEqual(["apps/other/deployment.yaml"]);
    await expect(check({ path: API }, "never", ["api"])).rejects.toMatchObject({ code: "UsageTarget" });
  });
});
