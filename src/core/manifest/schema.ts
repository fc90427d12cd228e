import { type Scalar, type ScalarTag, Schema, type Tags } from "yaml";

import { BOOLEAN, NUMBER, readPlain } from "./read-plain.ts";

/**
 * Kubernetes' reading as a schema of the `yaml` package, so that its documents, and what they print (which strings need
 * quotes), agree with the values of `parseStream`. Ours stand before the core tags: the first that matches wins.
 */
export const KUBERNETES_SCHEMA: Schema = new Schema({
  schema: "core",
  merge: true,
  resolveKnownTags: false,
  customTags: (tags) => [
    asKubernetes(tags, "tag:yaml.org,2002:bool", BOOLEAN),
    asKubernetes(tags, "tag:yaml.org,2002:int", NUMBER),
    ...tags,
  ],
});

/** The core tag with another test and reading. What was not changed is printed as it was written. */
function asKubernetes(tags: Tags, name: string, test: RegExp): ScalarTag {
  const core = tags.find((tag): tag is ScalarTag => typeof tag === "object" && tag.tag === name && !hasFormat(tag));
  if (core === undefined) throw new Error(`yaml has no core tag ${name}`);
  return {
    ...core,
    test,
    resolve: readPlain,
    stringify: (node, ...rest) =>
      isUnchanged(node) ? (node.source ?? "") : (core.stringify?.(node, ...rest) ?? String(node.value)),
  };
}

function hasFormat(tag: object): boolean {
  return "format" in tag;
}

function isUnchanged(node: Scalar): boolean {
  return node.type === "PLAIN" && node.source !== undefined && Object.is(readPlain(node.source), node.value);
}
