import { join } from "node:path";

import * as fc from "fast-check";
import { lexer, type Token } from "marked";
import { describe, expect, it } from "vitest";

import { CHOICES_HEADING } from "../../../src/core/change/choices.ts";
import { titleFor } from "../../../src/core/change/message.ts";
import { type BodyFacts, MAX_BODY, pullRequestBody } from "../../../src/core/change/pull-request.ts";
import { readMark, textState } from "../../../src/core/change/text-mark.ts";
import type { Risk } from "../../../src/core/plan/types.ts";
import { configMap, deployment, planHistory, required } from "../plan/support.ts";
import { BODY_CASES, bodyFacts, HOSTILE, pageOf, testHash } from "./body-cases.ts";

const PAGES = join(import.meta.dirname, "../../../fixtures/pull-requests");

/** Every token of a page, at any depth. Foreign text in code is one token without children. */
function tokensOf(tokens: readonly Token[]): readonly Token[] {
  return tokens.flatMap((token) => {
    const below = [
      ...("tokens" in token ? (token.tokens ?? []) : []),
      ...(token.type === "list" ? (token as { items: Token[] }).items : []),
      ...(token.type === "table"
        ? [
            ...(token as { header: { tokens: Token[] }[] }).header,
            ...(token as { rows: { tokens: Token[] }[][] }).rows.flat(),
          ].flatMap((each) => each.tokens)
        : []),
    ];
    return [token, ...tokensOf(below)];
  });
}

/** The HTML that lastgood itself writes. */
const OWN_HTML =
  /^(?:<\/?(?:details|summary|b|sub)>|<!--lastgood:v1 [\w-]+-->|<!-- lastgood:[a-z]+(?:=[\w./%-]+)? -->|[\s\w#()]+)*$/;

/** What of a page would act: HTML, links, images, mentions, references that are not ours, closing keywords. */
function actsOn(body: string): readonly string[] {
  return tokensOf(lexer(body)).flatMap((token) => {
    if (token.type === "html") return OWN_HTML.test(token.raw.trim()) ? [] : [`html ${token.raw}`];
    if (token.type === "link" || token.type === "image") return [`${token.type} ${token.raw}`];
    if (token.type !== "text" || ("tokens" in token && token.tokens !== undefined)) return [];
    const active = /(?<![\w&])@[A-Za-z0-9]|:\/\/|\bwww\.|(?:close|fix|resolve)\w{0,2}:?\s+\S*(?<!&)#\d/i.exec(
      token.raw,
    );
    return active === null ? [] : [`text ${token.raw}`];
  });
}

function check(facts: BodyFacts): void {
  const body = pullRequestBody(facts);
  const title = titleFor(facts.plan, "pull-request");
  expect(body.length).toBeLessThanOrEqual(MAX_BODY);
  expect(title.length).toBeLessThanOrEqual(256);
  expect(actsOn(body)).toEqual([]);
  expect(pullRequestBody(facts)).toBe(body);
  expect(readMark(body)).toMatchObject({ key: facts.key, job: facts.job });
  expect(textState({ title, body }, facts.hash)).toBe("ours");
  const html = tokensOf(lexer(body))
    .flatMap(({ type, raw }) => (type === "html" ? [raw] : []))
    .join("\n");
  expect(html.match(/<details>/g)?.length).toBe(html.match(/<\/details>/g)?.length);
  expect(body).toContain("### Check before merging");
}

describe("pullRequestBody", () => {
  it.each(Object.keys(BODY_CASES))("reads as in fixtures/pull-requests/%s.md", async (name) => {
    const facts = BODY_CASES[name]?.();
    if (facts === undefined) throw new Error("no such case");
    check(facts);
    await expect(pageOf(facts)).toMatchFileSnapshot(join(PAGES, `${name}.md`));
  });

  it("shows no secret", () => {
    const page = pageOf(BODY_CASES["secrets"]?.() ?? bodyFacts(required(planHistory([]))));
    expect(page).not.toMatch(/hunter2|correct-horse/);
  });

  it("drops the JSON Patch first, then cuts the diff at a line, and closes its fence", () => {
    const data = (value: string, keys: number) =>
      configMap("a", Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, value.repeat(30)])));
    const bodyOf = (keys: number): string =>
      pullRequestBody(
        bodyFacts(
          required(planHistory([{ files: { "a.yaml": data("v", keys) } }, { files: { "a.yaml": data("w", keys) } }])),
        ),
      );
    const [small, middle, large] = [bodyOf(20), bodyOf(260), bodyOf(700)];
    expect(small).toContain("JSON Patch");
    expect(middle).not.toContain("JSON Patch");
    expect(middle).toContain("Manifest diff");
    expect(large).toMatch(/\n```\n\n… and \d+ more lines\n\n<\/details>/);
    for (const body of [middle, large]) expect(body).toContain("too long for this page");
  });

  it("stays within its limit and does nothing, whatever a plan holds", () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.constantFrom(
        HOSTILE,
        "Fixes #482 (#482)",
        "Merge pull request #482 from x/y Fixes #1",
        "x".repeat(5000),
        "`".repeat(80),
        "\\|@acme/all `",
        "|".repeat(50),
      ),
    );
    const risk = nasty.map((message): Risk => ({ code: "NotIncluded", message, blocks: false }));
    const hostile = fc.record({
      subject: nasty,
      text: nasty,
      by: nasty,
      reason: nasty,
      command: nasty,
      value: nasty,
      author: nasty,
      target: nasty,
      keys: fc.integer({ min: 1, max: 60 }),
      risks: fc.array(risk, { maxLength: 60 }),
      suspects: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(hostile, (given) => {
        const data = Object.fromEntries(Array.from({ length: given.keys }, (_, i) => [`k${i}`, `${given.value} ${i}`]));
        const base = required(
          planHistory(
            [
              { files: { "a.yaml": configMap("a", { k0: "good" }), "b.yaml": deployment({}) } },
              {
                files: { "a.yaml": configMap("a", data), "b.yaml": deployment({ image: "acme/api:2" }) },
                message: `${given.subject}\n\n${given.text}`,
              },
            ],
            { target: { name: given.target } },
          ),
        );
        const [first] = base.suspects;
        const suspects = Array.from({ length: given.suspects }, () => ({
          ...(first as NonNullable<typeof first>),
          author: given.author,
        }));
        const plan = { ...base, suspects, risks: given.risks };
        check(bodyFacts(plan, { by: given.by, reason: given.reason, command: given.command }));
      }),
      { numRuns: 60 },
    );
  });

  it("offers no choice where there is none", () => {
    expect(pageOf(BODY_CASES["image-bump"]?.() ?? bodyFacts(required(planHistory([]))))).not.toContain(CHOICES_HEADING);
  });

  it("keeps a number linked that is the change's own, and no other", () => {
    const bodyOf = (message: string): string =>
      pullRequestBody(
        bodyFacts(
          required(
            planHistory([
              { files: { "a.yaml": configMap("a") } },
              { files: { "a.yaml": configMap("a", { a: "2" }) }, message },
            ]),
          ),
        ),
      );
    expect(bodyOf("Bump (#482)")).toContain("Bump (#482)");
    expect(bodyOf("Fixes #482 (#482)")).not.toContain("Fixes #482");
    expect(bodyOf("Fixes (#482)")).not.toContain("Fixes (#482)");
    expect(bodyOf("Merge pull request #482 from acme/x")).toContain("Merge pull request #482 from acme/x");
  });
});

describe("textState", () => {
  const title = "Revert x";
  const facts = BODY_CASES["several-facets"]?.();
  const body = facts === undefined ? "" : pullRequestBody(facts);
  const text = { title: facts === undefined ? title : titleFor(facts.plan, "pull-request"), body };

  it.each([
    ["as written", text, "ours"],
    ["with a box ticked", { ...text, body: body.replace("- [ ]", "- [x]") }, "ours"],
    ["with other line ends", { ...text, body: body.replaceAll("\n", "\r\n") }, "ours"],
    ["with a word added", { ...text, body: body.replace("**Merge**", "**Do not merge**") }, "edited"],
    ["with another title", { ...text, title: "Mine" }, "edited"],
    ["with a line below the mark", { ...text, body: `${body}\nLGTM` }, "edited"],
    ["without the mark", { ...text, body: body.replace(/<!--lastgood:v1.*/, "") }, "unmarked"],
    ["with a mark that is none", { ...text, body: "<!--lastgood:v1 e30-->" }, "unmarked"],
    [
      "with a mark of an older version",
      { ...text, body: `other\n<!--lastgood:v1 ${btoa('{"target":"a","key":"b","job":"c"}').replace(/=/g, "")}-->` },
      "ours",
    ],
  ] as const)("is told of a text %s", (_, given, state) => {
    expect(textState(given, testHash)).toBe(state);
  });

  it("remembers what was asked for", () => {
    expect(readMark(body)?.goal).toMatchObject({ kind: "checkpoint" });
    const undo = BODY_CASES["conflict-resolved"]?.();
    expect(readMark(undo === undefined ? "" : pullRequestBody(undo))?.goal).toMatchObject({
      kind: "undo",
      resolve: ["Deployment/api:containers[api].image=good"],
    });
  });
});
