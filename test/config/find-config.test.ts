import { describe, expect, it } from "vitest";
import { findConfig, type FindConfigRequest, type FoundConfig } from "../../src/config/find-config.ts";

async function find(
  files: readonly string[],
  request: Partial<FindConfigRequest> = {},
): Promise<FoundConfig | undefined> {
  const readFile = (path: string): Promise<string | undefined> =>
    Promise.resolve(files.includes(path) ? `text of ${path}` : undefined);
  return findConfig({ env: { HOME: "/home/me" }, cwd: "/repo", readFile, ...request });
}

const ORDER = [
  "/repo/lastgood.yaml",
  "/repo/.github/lastgood.yaml",
  "/home/me/.config/lastgood/config.yaml",
  "/etc/lastgood/config.yaml",
];

describe("findConfig", () => {
  it.each(ORDER.map((_, index) => index))("takes the first that is there, place %i", async (index) => {
    expect((await find(ORDER.slice(index)))?.text).toBe(`text of ${ORDER[index] ?? ""}`);
  });

  it("prefers what is named: the flag, then LASTGOOD_CONFIG", async () => {
    const env = { LASTGOOD_CONFIG: "env.yaml" };
    const files = [...ORDER, "/repo/env.yaml", "/flag.yaml"];
    expect(await find(files, { env, flag: "/flag.yaml" })).toEqual({ path: "/flag.yaml", text: "text of /flag.yaml" });
    expect(await find(files, { env })).toEqual({ path: "env.yaml", text: "text of /repo/env.yaml" });
  });

  it("refuses to go on without the one that is named", async () => {
    await expect(find(ORDER, { flag: "gone.yaml" })).rejects.toMatchObject({ code: "ConfigNotFound" });
    await expect(find(ORDER, { env: { LASTGOOD_CONFIG: "gone.yaml" } })).rejects.toMatchObject({
      code: "ConfigNotFound",
    });
  });

  it("honours an absolute XDG_CONFIG_HOME only", async () => {
    const files = ["/xdg/lastgood/config.yaml", "/repo/rel/lastgood/config.yaml"];
    expect((await find(files, { env: { XDG_CONFIG_HOME: "/xdg", LASTGOOD_CONFIG: "" } }))?.path).toBe(files[0]);
    expect(await find(files, { env: { XDG_CONFIG_HOME: "rel" } })).toBeUndefined();
  });

  it("finds nothing where there is nothing", async () => {
    expect(await find([])).toBeUndefined();
  });
});
