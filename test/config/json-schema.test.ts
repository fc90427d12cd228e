import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../src/config/defaults.ts";
import { renderJsonSchema } from "../../src/config/json-schema.ts";

interface JsonSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

const schema = JSON.parse(renderJsonSchema()) as JsonSchema;

/** Every property with its path. */
function propertiesOf(node: JsonSchema, path = ""): readonly (readonly [string, JsonSchema])[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, value]) => [
    [`${path}.${key}`, value] as const,
    ...propertiesOf(value, `${path}.${key}`),
  ]);
  const { additionalProperties: more } = node;
  const inner = [
    ...(node.anyOf ?? []),
    ...(node.oneOf ?? []),
    ...(node.items ? [node.items] : []),
    ...(typeof more === "object" ? [more] : []),
  ];
  return [...own, ...inner.flatMap((item) => propertiesOf(item, `${path}[]`))];
}

describe("config/schema.json", () => {
  it("is what the code says: npm run schema", () => {
    const file = readFileSync(new URL("../../config/schema.json", import.meta.url), "utf8");
    expect(file).toBe(renderJsonSchema());
  });

  it("explains every key", () => {
    const properties = propertiesOf(schema);
    expect(properties.length).toBeGreaterThan(80);
    expect(properties.filter(([, { description }]) => description === undefined).map(([path]) => path)).toEqual([]);
  });

  it("allows no unknown keys anywhere", () => {
    const open = propertiesOf(schema).filter(
      ([, node]) => node.properties !== undefined && node.additionalProperties !== false,
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it("shows the defaults that are used", () => {
    const good = schema.properties?.["policies"]?.additionalProperties;
    expect(typeof good === "object" ? good.properties?.["mode"]?.default : undefined).toBe(DEFAULTS.policy.mode);
  });
});
