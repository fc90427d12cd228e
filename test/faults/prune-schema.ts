import {
  type DefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  type NamedTypeNode,
  parse,
  print,
  type TypeNode,
} from "graphql";

const ROOTS = ["Query", "Mutation"];

/**
 * What of a schema can be asked for with these words: fields of those names, and the types that they lead to. A process that has
 * only this is a third of the size, and git starts from it in a third of the time.
 */
export function pruneSchema(idl: string, words: ReadonlySet<string>): string {
  const definitions = new Map<string, DefinitionNode>();
  for (const definition of parse(idl, { noLocation: true }).definitions)
    if ("name" in definition && definition.name !== undefined) definitions.set(definition.name.value, definition);
  const kept = new Map<string, DefinitionNode>();
  const left = [...ROOTS, ...[...definitions.keys()].filter((name) => words.has(name))];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const definition = definitions.get(name);
    if (definition === undefined || kept.has(name)) continue;
    const pruned = pruneFields(definition, words);
    kept.set(name, pruned);
    left.push(...namesIn(pruned));
  }
  const known = (type: NamedTypeNode): boolean => kept.has(type.name.value);
  const text = [...kept.values()].map((definition) => print(withoutUnknown(definition, known)));
  return text.join("\n\n");
}

function pruneFields(definition: DefinitionNode, words: ReadonlySet<string>): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION)
    return definition;
  const fields = definition.fields ?? [];
  const asked = fields.filter(({ name }) => words.has(name.value));
  // No type may be empty.
  return { ...definition, fields: asked.length > 0 ? asked : fields.slice(0, 1) };
}

/** The types that a definition needs: of its fields, and of their arguments. What it is an example of may be missing. */
function namesIn(definition: DefinitionNode): readonly string[] {
  const fields = "fields" in definition ? (definition.fields ?? []) : [];
  return fields.flatMap((field: FieldDefinitionNode | InputValueDefinitionNode) => [
    nameOf(field.type),
    ...("arguments" in field ? (field.arguments ?? []).map(({ type }) => nameOf(type)) : []),
  ]);
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

function withoutUnknown(definition: DefinitionNode, known: (type: NamedTypeNode) => boolean): DefinitionNode {
  if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION)
    return { ...definition, interfaces: (definition.interfaces ?? []).filter(known) };
  if (definition.kind === Kind.UNION_TYPE_DEFINITION)
    return { ...definition, types: (definition.types ?? []).filter(known) };
  return definition;
}
