import type { Call } from "./call.ts";
import type { Reply } from "./reply.ts";

/** Integer of a query parameter, at least 1; `fallback` when missing or nonsense, as GitHub does. */
function countOf(call: Call, name: string, fallback: number): number {
  const value = Number(call.url.searchParams.get(name) ?? fallback);
  return Number.isSafeInteger(value) && value >= 1 ? value : fallback;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

/** One page of `all`, with the `Link` header (30 a page, at most 100: docs.github.com/rest, "Using pagination"). */
export function pageOf<T>(call: Call, all: readonly T[]): Page<T> {
  const size = Math.min(countOf(call, "per_page", 30), 100);
  const page = countOf(call, "page", 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (to: number, rel: string): string => {
    const target = new URL(call.url);
    target.searchParams.set("page", String(to));
    return `<${target.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, "prev"), link(1, "first")] : []),
    ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
  ];
  return {
    items: all.slice((page - 1) * size, page * size),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}

/** A page of a list as an answer; only the items shown are rendered. */
export function listed<T>(call: Call, all: readonly T[], render: (item: T) => unknown): Reply {
  const page = pageOf(call, all);
  return { status: 200, headers: page.headers, body: page.items.map(render) };
}
