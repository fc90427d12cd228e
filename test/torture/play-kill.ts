/** One job whose process is killed at one point, and taken up by another: what is different from what it has to be in the end. */
import { AT } from "../support/github-world.ts";
import { type KilledWorld, type KillPoint, MANIFEST, openKilledWorld } from "../support/killed-daemon.ts";
import { deployment } from "../support/manifests.ts";

/** What is not as it has to be; none: all is well. `main`: from `buildProgram`. */
export async function playKill(main: string, point: KillPoint | undefined): Promise<readonly string[]> {
  const world = await openKilledWorld({ main, mode: "merge" });
  try {
    if (point !== undefined) await world.killAt(point);
    await world.finish();
    return await faultsOf(world);
  } finally {
    await world.close();
  }
}

async function faultsOf(world: KilledWorld): Promise<readonly string[]> {
  const found = await endOf(world);
  const wanted: typeof found = {
    jobs: ["Completed verified"],
    branches: ["lastgood/api", "main"],
    commits: "4",
    merges: "3",
    text: deployment("api:1.7.4").trimEnd(),
    pulls: ["merged: lastgood, lastgood: verified"],
    comments: ["incident", "progress"],
    incidents: 1,
    quarantined: ["content", "image"],
    toldTwice: [],
    locks: [],
  };
  return Object.entries(wanted).flatMap(([what, value]) => {
    const is = JSON.stringify(found[what as keyof typeof found]);
    return is === JSON.stringify(value) ? [] : [`${what}: ${is}, not ${JSON.stringify(value)}`];
  });
}

async function endOf(world: KilledWorld) {
  const { github, told } = world;
  const { pulls, issues } = github.octokit("mina");
  const all = (await pulls.list({ ...AT, state: "all" })).data;
  const comments = await Promise.all(
    all.map(async ({ number }) => (await issues.listComments({ ...AT, issue_number: number })).data),
  );
  const open = (await issues.listForRepo({ ...AT, state: "all" })).data.filter((one) => one.pull_request === undefined);
  const branches = await world.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads");
  const quarantine = (await world.records()).flatMap((record) =>
    record.type === "quarantine" ? [record.artifact.kind] : [],
  );
  const keys = told.map(({ key }) => key);
  return {
    jobs: (await world.jobs()).map(({ status, outcome }) => `${status} ${outcome ?? ""}`),
    branches: branches.split("\n").map((name) => name.replace(/\/[0-9a-f]{12}$/, "")),
    commits: await world.git("rev-list", "--count", "refs/heads/main"),
    merges: await world.git("rev-list", "--count", "--first-parent", "refs/heads/main"),
    text: await world.git("cat-file", "blob", `refs/heads/main:${MANIFEST}`),
    pulls: all.map(
      ({ merged_at, labels }) =>
        `${merged_at === null ? "open" : "merged"}: ${labels
          .map(({ name }) => name)
          .toSorted()
          .join(", ")}`,
    ),
    comments: comments
      .flat()
      .map(({ body }) => /<!--lastgood:comment (\S+)-->/.exec(body ?? "")?.[1] ?? body ?? "")
      .toSorted(),
    incidents: open.length,
    quarantined: quarantine.toSorted(),
    toldTwice: keys.filter((key, index) => keys.indexOf(key) !== index),
    locks: world.locks(),
  };
}
