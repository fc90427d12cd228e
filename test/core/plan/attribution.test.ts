import { describe, expect, it } from "vitest";
import { shortId } from "../../../src/core/model/git.ts";
import { id } from "../../support/revisions.ts";
import { type Commit, configMap, deployment, type PlanOptions, planHistory, required } from "./support.ts";

const GOOD: Commit = { files: { "app.yaml": deployment({}) } };

/** `image=2`: the field, and the number of the commit that set it. */
function setters(history: readonly Commit[], options: PlanOptions = {}): readonly string[] {
  const found = required(planHistory(history, options));
  return [
    ...found.components.flatMap(({ fields, setBy, component }) =>
      fields.length === 0
        ? [`${component.kind === "object" ? component.id.name : component.path}=${numberOf(setBy)}`]
        : fields.map((field) => `${field.display.replace(/^.*\./, "")}=${numberOf(field.setBy)}`),
    ),
    ...found.kept.map((kept) => `kept=${numberOf(kept.field?.setBy ?? kept.setBy)}`),
  ];
}

function numberOf(revision: { readonly id: string } | undefined): string {
  return revision === undefined ? "?" : String([1, 2, 3, 4, 5].find((number) => id(number) === revision.id));
}

const image = (tag: string): string => `acme/api:${tag}`;

describe("who set what", () => {
  it("names the commit of each field, the newest where several did", () => {
    const history = [
      GOOD,
      { files: { "app.yaml": deployment({ image: image("1.7.5"), memory: "512Mi" }) } },
      { files: { "app.yaml": deployment({ image: image("1.8.0"), memory: "512Mi" }) } },
    ];
    expect(setters(history)).toEqual(["image=3", "memory=2"]);
  });

  it("passes over commits that only changed the form", () => {
    const bad = deployment({ image: image("1.8.0") });
    expect(setters([GOOD, { files: { "app.yaml": bad } }, { files: { "app.yaml": `# why\n${bad}` } }])).toEqual([
      "image=2",
    ]);
  });

  it("names the commit that touched an item of a list, whatever field of it", () => {
    const extra = (value: string): string =>
      deployment({}).replace(
        "          env:\n",
        `          env:\n            - name: NEW\n              value: ${value}\n`,
      );
    const history = [GOOD, { files: { "app.yaml": extra("a") } }, { files: { "app.yaml": extra("b") } }];
    expect(setters(history)).toEqual(["env[NEW]=3"]);
  });

  it("names the commit that brought or took a component, also when it is kept", () => {
    const files = { "app.yaml": deployment({ image: image("1.8.0") }), "new.yaml": configMap("new") };
    const history = [GOOD, { files: { ...GOOD.files, "new.yaml": configMap("new") } }, { files }];
    expect(setters(history)).toEqual(["image=3", "new=2"]);
    expect(setters(history, { only: [":image"] })).toEqual(["image=3", "kept=2"]);
  });

  it("passes over a commit that only moved an object", () => {
    const bad = deployment({ image: image("1.8.0") });
    const history = [GOOD, { files: { "app.yaml": bad } }, { files: { "moved.yaml": bad } }];
    expect(setters(history)).toEqual(["image=2"]);
  });

  it("names those of a kept field", () => {
    const history = [
      GOOD,
      { files: { "app.yaml": deployment({ memory: "512Mi" }) } },
      { files: { "app.yaml": deployment({ memory: "512Mi", image: image("1.8.0") }) } },
    ];
    expect(setters(history, { only: [":image"] })).toEqual(["image=3", "kept=2"]);
  });

  it("names nobody when history is not known that far", () => {
    const history = [GOOD, { files: { "app.yaml": deployment({ image: image("1.8.0") }) } }];
    expect(setters(history, { facts: { steps: [] } })).toEqual(["image=?"]);
  });
});

describe("the suspects", () => {
  const history = [
    GOOD,
    { files: { "app.yaml": deployment({ memory: "512Mi" }) } },
    { files: { "app.yaml": deployment({ memory: "512Mi", image: image("1.8.0") }) } },
    { files: { "app.yaml": deployment({ memory: "512Mi", image: image("1.8.0"), env: "redis://b" }) } },
  ];
  const suspects = (options: PlanOptions): readonly string[] =>
    required(planHistory(history, options)).suspects.map((revision) => revision.id);

  it("are the commits that set what goes back, newest first", () => {
    expect(suspects({})).toEqual([id(4), id(3), id(2)]);
    expect(suspects({ only: [":resources", ":env"] })).toEqual([id(4), id(2)]);
  });

  it("are the newest revision when none can be named", () => {
    expect(suspects({ facts: { steps: [] } })).toEqual([id(4)]);
  });

  it("lead to a warning about what they changed besides", () => {
    const both = [
      GOOD,
      { files: { "app.yaml": deployment({ image: image("1.8.0") }), "flags.yaml": configMap("flags") } },
    ];
    expect(required(planHistory(both, { only: ["Deployment/api"] })).risks).toEqual([
      {
        code: "NotIncluded",
        message: `ConfigMap/flags also changed in ${shortId(id(2))} and is not part of this plan (--only ConfigMap/flags)`,
        blocks: false,
      },
    ]);
  });
});
