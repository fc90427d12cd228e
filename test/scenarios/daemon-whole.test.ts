/** The program itself, from its configuration to its exit: what Prometheus reads of the whole story, and what reaches those who are told. */
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { API_CONFIG } from "../support/api-config.ts";
import { brokenApi } from "../faces/cli/broken-api.ts";
import { AT } from "../support/github-world.ts";
import { kubeWorld } from "../support/kubernetes/kube-world.ts";
import { liveApplication } from "../support/live-application.ts";

const [HMAC_KEY, ROUTING_KEY] = ["a-signing-key-of-the-test", "a-routing-key-of-the-test"];

interface Taken {
  readonly path: string;
  readonly signature: string | undefined;
  readonly text: string;
}

interface Sink {
  readonly url: string;
  readonly taken: readonly Taken[];
  /** Resolves once every one of these paths was told this word. */
  readonly heard: (word: string, paths: readonly string[]) => Promise<void>;
}

/** Takes what everybody is told. */
async function sink(): Promise<Sink> {
  const taken: Taken[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => void chunks.push(chunk));
    request.on("end", () => {
      const signature = request.headers["x-signature"];
      const text = Buffer.concat(chunks).toString("utf8");
      taken.push({ path: request.url ?? "", signature: typeof signature === "string" ? signature : undefined, text });
      response.writeHead(request.url === "/pagerduty" ? 202 : 200).end("ok");
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const heard: Sink["heard"] = async (word, paths) =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!paths.every((path) => taken.some((one) => one.path === path && one.text.includes(word)))) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken, heard };
}

function configText(url: string): string {
  return `${API_CONFIG}policies:
  default:
    mode: propose
    bad: { for: 1s, samples: 1 }
    good: { bakeTime: 2s }
    verify: { for: 1s, timeout: 5m }
notifications:
  - { type: slack, urlFile: slack-url, on: ["*"] }
  - { type: webhook, url: "${url}/webhook", hmacSecretFile: hmac-key, on: ["*"] }
  - { type: pagerduty, url: "${url}/pagerduty", routingKeyFile: routing-key, on: ["*"] }
server: { listen: "127.0.0.1:0", metrics: "127.0.0.1:0", probes: "127.0.0.1:0" }
`;
}

const STORY = ["RegressionDetected", "RevertProposed", "RevertMerged", "RevertSynced", "RevertVerified"];

it("is counted for Prometheus, and told to Slack, a signed webhook and PagerDuty, each transition once", async () => {
  const told = await sink();
  const kube = await kubeWorld();
  const api = await brokenApi({ config: configText(told.url), token: "app", kubeconfig: kube.kubeconfig });
  const secrets = { "slack-url": `${told.url}/slack`, "hmac-key": HMAC_KEY, "routing-key": ROUTING_KEY };
  for (const [name, text] of Object.entries(secrets))
    writeFileSync(join(api.folder, name), `${text}\n`, { mode: 0o600 });
  const { url } = api.story;
  // A server tells the time of day by bookmarks.
  const bookmarks = setInterval(() => kube.server.watches.forEach((watch) => watch.bookmark()), 250);
  onTestFinished(() => clearInterval(bookmarks));
  await kube.apply(liveApplication({ url, revision: api.bad, health: "Degraded" }));
  expect(await api.run(["mark", "good", "api", api.good, "--reason", "it was"])).toMatchObject({ exit: 0 });

  const stop = new AbortController();
  let log = "";
  const running = api.run(["daemon"], { signal: stop.signal, onStderr: (text) => void (log = text) });
  let metrics = "";
  try {
    await told.heard("RevertProposed", ["/webhook"]);
    const { data } = await api.story.github.octokit("mina").pulls.merge({ ...AT, pull_number: 1 });
    await kube.apply(liveApplication({ url, revision: data.sha, health: "Healthy" }));
    await Promise.all([told.heard("RevertVerified", ["/webhook", "/slack"]), told.heard("resolve", ["/pagerduty"])]);
    const place = /"listening".*?\n/g;
    const address = [...log.matchAll(place)].map(([line]) => line).find((line) => line.includes('"/metrics"')) ?? "";
    const host = /"address":"([^"]+)"/.exec(address)?.[1] ?? "";
    metrics = await (await fetch(`http://${host}/metrics`)).text();
  } finally {
    stop.abort();
  }
  const { exit, stderr } = await running;
  expect(exit).toBe(0);

  const labels = 'target="api",environment="prod"';
  for (const line of [
    `lastgood_target_info{${labels},engine="prod",mode="propose"} 1`,
    `lastgood_jobs{status="Completed"} 1`,
    `lastgood_jobs_total{${labels},trigger="health",outcome="verified"} 1`,
    `lastgood_checkpoints_recorded_total{${labels},verdict="bad",evidence="observed"} 1`,
    `lastgood_reverts_proposed_total{${labels}} 1`,
    `lastgood_reverts_merged_total{${labels},by="person"} 1`,
    `lastgood_reverts_verified_total{${labels}} 1`,
    `lastgood_time_to_propose_seconds_count{${labels}} 1`,
    `lastgood_time_to_restore_seconds_count{${labels}} 1`,
    `lastgood_quarantined 2`,
    `lastgood_notifications_total{type="slack",result="sent"} ${STORY.length}`,
    `lastgood_notifications_total{type="webhook",result="sent"} ${STORY.length}`,
  ]) {
    expect(metrics).toContain(`${line}\n`);
  }
  for (const pattern of [
    /^lastgood_build_info\{version="[^"]+"\} 1$/m,
    /^lastgood_job_station_duration_seconds_count\{station="sync"\} 1$/m,
    /^lastgood_ledger_pushes_total\{result="done"\} (?:[5-9]|1\d)$/m,
    /^lastgood_forge_requests_total\{api="rest",code="201"\} [1-9]/m,
    /^lastgood_forge_request_duration_seconds_count\{api="rest"\} [1-9]/m,
    /^lastgood_git_operations_total\{operation="fetch",result="done"\} [1-9]/m,
    /^lastgood_reconcile_duration_seconds_count\{engine="prod"\} [1-9]/m,
  ]) {
    expect(metrics).toMatch(pattern);
  }
  expect(metrics).not.toMatch(/^lastgood_reverts_rejected_total\{/m);

  const of = (path: string): readonly Taken[] => told.taken.filter((one) => one.path === path);
  const events = of("/webhook").map(({ text, signature }) => {
    expect(signature).toBe(`sha256=${createHmac("sha256", HMAC_KEY).update(text).digest("hex")}`);
    return JSON.parse(text) as { readonly reason: string; readonly metadata: { readonly key: string } };
  });
  expect(events.map(({ reason }) => reason)).toEqual(STORY);
  expect(new Set(events.map(({ metadata }) => metadata.key)).size).toBe(STORY.length);
  expect(of("/slack").map(({ text }) => (JSON.parse(text) as { readonly text: string }).text.split(":")[0])).toEqual(
    STORY,
  );
  const pages = of("/pagerduty").map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  expect(pages).toMatchObject([
    { event_action: "trigger", routing_key: ROUTING_KEY, payload: { class: "RegressionDetected", source: "api" } },
    { event_action: "resolve", routing_key: ROUTING_KEY },
  ]);
  expect(new Set(pages.map((page) => page["dedup_key"])).size).toBe(1);
  for (const secret of [HMAC_KEY, ROUTING_KEY]) expect(stderr).not.toContain(secret);
});
