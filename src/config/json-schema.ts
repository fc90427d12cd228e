import { z } from "zod";
import { writtenConfigSchema } from "./schema.ts";

/** config/schema.json, from the code. Draft 7: what yaml-language-server and VS Code read. */
export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(writtenConfigSchema, { target: "draft-7", io: "input", reused: "inline" });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
