import { describe, expect, it } from "vitest";

import { choicesOf, readTicks, renderChoices, selectionFor } from "../../../src/core/change/choices.ts";
import type { Plan } from "../../../src/core/plan/types.ts";
import type { Selection } from "../../../src/core/selection.ts";
import { configMap, deployment, factsOf, planHistory, required } from "../plan/support.ts";
import { planRevert } from "../../../src/core/plan/plan-revert.ts";

const HISTORY = [
  {
    files: {
      "api.yaml": deployment({ image: "acme/api:1", env: "v1" }),
      "web.yaml": deployment({ name: "web", image: "acme/web:1", env: "v1" }),
      "flags.yaml": configMap("flags", { a: "1" }),
    },
  },
  {
    files: {
      "api.yaml": deployment({ image: "acme/api:2", env: "v2" }),
      "web.yaml": deployment({ name: "web", image: "acme/web:2", env: "v2" }),
      "flags.yaml": configMap("flags", { a: "2" }),
    },
  },
];

const HOW = { hint: "How.\n", branch: "main" };

const whole = required(planHistory(HISTORY));

/** The boxes of a plan as a person leaves them. */
function ticked(plan: Plan, changes: Readonly<Record<string, boolean>>): ReadonlyMap<string, boolean> {
  const ticks = new Map(readTicks(renderChoices(choicesOf(plan), HOW)));
  for (const [id, on] of Object.entries(changes)) {
    if (!ticks.has(id)) throw new Error(`no box ${id}: ${[...ticks.keys()].join(", ")}`);
    ticks.set(id, on);
  }
  return ticks;
}

function again(selection: Selection | undefined): Plan {
  return required(planRevert(factsOf(HISTORY, selection === undefined ? {} : { facts: { selection } })));
}

const shown = (plan: Plan): readonly string[] =>
  choicesOf(plan).map(({ kind, id, ticked: on }) => `${on ? "x" : "-"} ${kind}=${id}`);

const taken = (plan: Plan): readonly string[] =>
  plan.components.flatMap(({ component, fields }) =>
    fields.map(({ facet }) => `${component.kind === "object" ? component.id.name : ""}:${facet}`),
  );

describe("choicesOf", () => {
  it("offers every facet and every component that differs", () => {
    expect(shown(whole)).toEqual([
      "x facet=image",
      "x facet=env",
      "x facet=config",
      "x component=Deployment.apps/api",
      "x component=ConfigMap/flags",
      "x component=Deployment.apps/web",
    ]);
    expect(choicesOf(whole).map(({ fields }) => fields)).toEqual([2, 2, 1, 2, 1, 2]);
  });

  it("offers what a selection left out, unticked", () => {
    const plan = required(planHistory(HISTORY, { only: [":image"] }));
    expect(shown(plan)).toEqual([
      "x facet=image",
      "- facet=env",
      "- facet=config",
      "x component=Deployment.apps/api",
      "x component=Deployment.apps/web",
      "- component=ConfigMap/flags",
    ]);
  });

  it("offers nothing where one facet of one component differs", () => {
    const one = required(
      planHistory([{ files: { "a.yaml": configMap("a") } }, { files: { "a.yaml": configMap("a", { a: "2" }) } }]),
    );
    expect(choicesOf(one)).toEqual([]);
    expect(renderChoices([], HOW)).toBe("");
  });
});

describe("readTicks", () => {
  it("reads what is rendered", () => {
    const ticks = readTicks(renderChoices(choicesOf(whole), HOW));
    expect([...ticks.values()]).toEqual([...choicesOf(whole).map(() => true), false]);
    expect(ticks.get("rebase")).toBe(false);
  });

  it("reads nothing outside of our section", () => {
    expect(readTicks("- [x] <!-- lastgood:facet=image --> image").size).toBe(0);
    const text = `${renderChoices(choicesOf(whole), HOW)}\n\n**Merge** to restore\n- [ ] <!-- lastgood:facet=other --> x`;
    expect(readTicks(text).has("facet=other")).toBe(false);
  });
});

describe("selectionFor", () => {
  it("asks for nothing while the boxes say what is", () => {
    expect(selectionFor(whole, ticked(whole, {}))).toBeUndefined();
    expect(selectionFor(whole, new Map())).toBeUndefined();
  });

  it("leaves out an unticked facet everywhere, and an unticked component wholly", () => {
    const env = again(selectionFor(whole, ticked(whole, { "facet=env": false })));
    expect(taken(env)).toEqual(["api:image", "flags:config", "web:image"]);
    const web = again(selectionFor(env, ticked(env, { "component=Deployment.apps/web": false })));
    expect(taken(web)).toEqual(["api:image", "flags:config"]);
    expect(shown(web)).toContain("- facet=env");
  });

  it("comes back to the whole when all is ticked again", () => {
    const part = again(selectionFor(whole, ticked(whole, { "facet=env": false, "component=ConfigMap/flags": false })));
    const all = Object.fromEntries([...ticked(part, {}).keys()].map((box) => [box, true]));
    expect(taken(again(selectionFor(part, ticked(part, all))))).toEqual(taken(whole));
  });

  it("keeps out what no box shows as left out", () => {
    const plan = required(planHistory(HISTORY, { except: ["Deployment/web:image"] }));
    const selection = selectionFor(plan, ticked(plan, { "facet=config": false }));
    expect(taken(again(selection))).toEqual(["api:image", "api:env", "web:env"]);
  });

  it("keeps a facet ticked whose only component is not", () => {
    const plan = again(selectionFor(whole, ticked(whole, { "component=ConfigMap/flags": false })));
    expect(shown(plan)).toContain("x facet=config");
    const back = again(selectionFor(plan, ticked(plan, { "component=ConfigMap/flags": true })));
    expect(taken(back)).toEqual(taken(whole));
  });
});
