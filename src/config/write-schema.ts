/** `npm run schema`: writes config/schema.json from the code. A test keeps it current. */
import { writeFileSync } from "node:fs";
import { renderJsonSchema } from "./json-schema.ts";

writeFileSync(new URL("../../config/schema.json", import.meta.url), renderJsonSchema());
