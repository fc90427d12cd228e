/** Runs the demo on a terminal of 100 columns and writes what it shows to docs/demo.svg: `npm run demo:svg`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCli } from "../../src/faces/cli/run-cli.ts";
import { terminalSvg } from "./terminal-svg.ts";

const COLUMNS = 100;
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lastgood-svg-"));
const shown: string[] = [];
const stdout = { isTTY: true, columns: COLUMNS, on: () => undefined, write: (text: string) => shown.push(text) };
const exit = await runCli({
  calledAs: "lastgood",
  version: "0.0.0",
  args: ["demo", "--keep", folder],
  env: { PATH: process.env["PATH"], LANG: "C.UTF-8", TERM: "xterm-256color" },
  cwd: root,
  home: folder,
  stdout,
  stderr: process.stderr,
  signal: new AbortController().signal,
  platform: "",
  packageRoot: root,
});
rmSync(folder, { recursive: true, force: true });
if (exit !== 0) throw new Error(`lastgood demo ended with ${exit}`);

mkdirSync(join(root, "docs"), { recursive: true });
writeFileSync(join(root, "docs/demo.svg"), terminalSvg(picture(shown.join("")), COLUMNS));

/** The steps from the trouble to its end, without the pull request's body: that has a page of its own. */
function picture(text: string): string {
  const steps = text.split(/\n(?=\n\u001b\[1m\d+\. )/).map((step) => step.trim());
  const told = steps.filter((step) => /^\u001b\[1m[2-7]\. /.test(step));
  if (told.length !== 6) throw new Error("the demo no longer has the steps 2 to 7");
  return told.map((step) => step.split("\n\n  # Revert")[0]).join("\n\n");
}
