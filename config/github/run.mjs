// Step 2 of the action: from inputs to one command of lastgood, and from what it says to outputs, a summary and a comment.
// Nothing here goes through a shell. Values are bound to their flags: one that begins with a dash is no flag of its own.
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";

const { env } = process;
const MARK = "<!-- lastgood: plan -->";
const COMMANDS = {
  check: { flags: ["base", "head", "config", "target"], run: check },
  plan: { flags: ["to", "commit", "pr", "only", "except", "base", "config"], run: plan },
  revert: { flags: ["to", "commit", "pr", "only", "except", "mode", "reason", "base", "config"], run: revert },
};

const name = input("command");
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : fail("command is not one of check, plan, revert");
const flags = command.flags.flatMap((flag) => (input(flag) === "" ? [] : [`--${flag}=${input(flag)}`]));
const target = name === "check" || input("target") === "" ? [] : ["--", input("target")];
process.exitCode = await command.run();

function check() {
  output("changed", "false");
  return lastgood(["check", "--annotate", ...flags], "inherit").status;
}

async function plan() {
  const { status, stdout } = lastgood(["plan", "--json", "--no-input", ...flags, ...target]);
  const found = parse(stdout);
  report(found, (found?.status?.changes?.length ?? 0) > 0 || (found?.status?.files?.length ?? 0) > 0);
  if (status !== 0) return status;
  const shown = lastgood(["plan", "--no-input", "--quiet", ...flags, ...target]).stdout;
  process.stdout.write(`${harmless(shown)}\n`);
  const text = `### lastgood plan\n\n${fenced(shown)}\n`;
  summary(text);
  if (input("comment") === "true") await comment(`${MARK}\n${text}`);
  return 0;
}

function revert() {
  const { status, stdout } = lastgood(["revert", "--json", "--no-input", "--yes", ...flags, ...target]);
  const found = parse(stdout);
  const url = found?.status?.pullRequest?.url ?? "";
  report(found, found?.kind === "Revert" && found.status?.found !== true);
  output("pr-url", url);
  if (url !== "") summary(`### lastgood\n\nRevert: ${url}\n`);
  return status;
}

/** Runs lastgood. What it says to people goes to the log. */
function lastgood(args, stdout = "pipe") {
  const actor = env["GITHUB_ACTOR"] ?? "lastgood";
  const email = `${env["GITHUB_ACTOR_ID"] ?? "0"}+${actor}@users.noreply.github.com`;
  // The token belongs to the server that the workflow runs on, which need not be github.com.
  const { host } = new URL(env["GITHUB_SERVER_URL"] ?? "https://github.com");
  const person = { GIT_AUTHOR_NAME: actor, GIT_AUTHOR_EMAIL: email, GH_HOST: host, ...env };
  const done = spawnSync(process.execPath, [env["LASTGOOD_PROGRAM"] ?? "", ...args], {
    stdio: ["ignore", stdout, "inherit"],
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    env: person,
  });
  if (done.error !== undefined) fail(done.error.message);
  return { status: done.status ?? 1, stdout: done.stdout ?? "" };
}

function report(found, changed) {
  output("changed", String(changed));
  output("checkpoint", found?.spec?.to ?? "");
}

/** One comment on the pull request, found again by its mark. Only a comment of our own is edited. */
async function comment(body) {
  const event = parse(readFileSync(env["GITHUB_EVENT_PATH"] ?? "", "utf8"));
  const number =
    event?.pull_request?.number ?? (event?.issue?.pull_request === undefined ? undefined : event.issue.number);
  if (!Number.isSafeInteger(number))
    return warn("this workflow runs for no pull request: the plan is told in its summary only");
  const path = `/repos/${env["GITHUB_REPOSITORY"]}/issues/${number}/comments`;
  const me = await github("GET", "/user").then((user) => user?.login);
  for (let page = 1; page <= 10; page += 1) {
    const comments = (await github("GET", `${path}?per_page=100&page=${page}`)) ?? [];
    const own = comments.find(({ user, body: text }) => {
      return text?.startsWith(MARK) && (me === undefined ? user?.type === "Bot" : user?.login === me);
    });
    if (own !== undefined) return edit(`/repos/${env["GITHUB_REPOSITORY"]}/issues/comments/${own.id}`, "PATCH", body);
    if (comments.length < 100) break;
  }
  return edit(path, "POST", body);
}

async function edit(path, method, body) {
  if ((await github(method, path, { body: body.slice(0, 60_000) })) === undefined) {
    warn("the plan cannot be told on the pull request: the token needs pull-requests: write");
  }
}

/** The answer; undefined when GitHub refuses. */
async function github(method, path, body) {
  const answer = await fetch(`${env["GITHUB_API_URL"] ?? "https://api.github.com"}${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${env["GH_TOKEN"]}`,
      "x-github-api-version": "2022-11-28",
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return answer.ok ? answer.json() : undefined;
}

/** Manifests are anybody's text: a fence that is longer than any in them. */
function fenced(text) {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text.slice(0, 50_000).trimEnd()}\n${fence}`;
}

/** The runner takes lines of the log for commands. */
function harmless(text) {
  return text
    .trimEnd()
    .replace(/^(\s*)::/gm, "$1: :")
    .replaceAll("##[", "## [");
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function input(key) {
  return (env[`INPUT_${key.toUpperCase()}`] ?? "").trim();
}

/** Values are commit ids, addresses of GitHub and words of ours: one line each, whatever happens. */
function output(key, value) {
  appendFileSync(env["GITHUB_OUTPUT"] ?? "", `${key}=${value.replace(/[\r\n]/g, " ")}\n`);
}

function summary(text) {
  if (env["GITHUB_STEP_SUMMARY"] !== undefined) appendFileSync(env["GITHUB_STEP_SUMMARY"], text);
}

function warn(message) {
  process.stdout.write(`::warning title=lastgood::${message}\n`);
}

function fail(message) {
  process.stdout.write(`::error title=lastgood::${message.replace(/[\r\n%]/g, " ")}\n`);
  process.exit(2);
}
