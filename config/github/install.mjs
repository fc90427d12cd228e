// Step 1 of the action: finds the program, or installs it, and tells step 2 where it is.
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { GITHUB_ACTION_PATH: action = "", GITHUB_OUTPUT: output = "", RUNNER_TEMP: temp = tmpdir() } = process.env;
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`lastgood needs Node 20.19, here is ${process.versions.node}`);

const asked = process.env["LASTGOOD_VERSION"] ?? "";
const built = join(action, "dist/main.js");
const program = asked === "" && existsSync(built) ? built : install(asked === "" ? ownVersion() : asked);
appendFileSync(output, `program=${program}\n`);

/** Where npm has put it. Nothing that a package says runs while it is installed. */
function install(version) {
  if (!/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version)) fail("version is not one, such as 1.2.3");
  const folder = mkdtempSync(join(temp, "lastgood-"));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix", folder];
  const done = spawnSync("npm", ["install", ...flags, `lastgood@${version}`], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (done.status !== 0) fail(`npm cannot install lastgood ${version}`);
  return join(folder, "node_modules/lastgood/dist/main.js");
}

function ownVersion() {
  return JSON.parse(readFileSync(join(action, "package.json"), "utf8")).version;
}

function fail(message) {
  process.stdout.write(`::error title=lastgood::${message}\n`);
  process.exit(1);
}
