import { runWorld } from "./world.ts";
import { scenarioOf } from "./scenario.ts";
const [from = "1", count = "10", trace] = process.argv.slice(2);
const start = process.cpuUsage();
let incidents = 0;
for (let seed = Number(from); seed < Number(from) + Number(count); seed += 1) {
  const report = await runWorld(scenarioOf(seed), { traces: trace !== undefined });
  incidents += report.stats.incidents;
  if (trace !== undefined) console.log(report.trace.join("\n"));
  if (trace !== undefined || report.violations.length > 0) {
    console.log(
      seed,
      JSON.stringify(report.stats),
      report.violations.map((v) => `${v.invariant}: ${v.message}`).join("\n   "),
    );
    console.log(
      report.jobs
        .map((job) => `   ${job.target} ${job.key} ${job.status} ${job.outcome} ${job.reason ?? ""} ${job.detail}`)
        .join("\n"),
    );
  }
}
const { user, system } = process.cpuUsage(start);
console.log({ incidents, ms: (user + system) / 1000, per: (user + system) / 1000 / incidents });
