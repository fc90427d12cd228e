/**
 * Writes one page with every pull request of `fixtures/pull-requests` as GitHub shows it, to be looked at in a browser:
 * `npx tsx test/support/write-pr-gallery.ts [FILE]`. The Markdown renderer stays out of what is shipped.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

import { marked } from "marked";

/** Markdown → HTML, as a page on GitHub would hold it. */
export type RenderMarkdown = (markdown: string) => string;

const PAGES = join(import.meta.dirname, "../../fixtures/pull-requests");

/** GitHub's alerts and task lists, which plain GFM does not know or draws in another way. */
export function renderWithMarked(markdown: string): string {
  const html = marked.parse(markdown, { async: false, gfm: true });
  return html.replace(
    /<blockquote>\s*<p>\[!(CAUTION|IMPORTANT|NOTE|WARNING|TIP)\]\s*/g,
    (_, kind: string) =>
      `<blockquote class="markdown-alert markdown-alert-${kind.toLowerCase()}"><p class="markdown-alert-title">${kind[0] ?? ""}${kind.slice(1).toLowerCase()}</p><p>`,
  );
}

/** The whole page: one article for each body, its title above it. */
export function galleryPage(
  pages: readonly { readonly name: string; readonly text: string }[],
  render: RenderMarkdown,
): string {
  const css = readFileSync(createRequire(import.meta.url).resolve("github-markdown-css/github-markdown.css"), "utf8");
  const articles = pages.map(({ name, text }) => {
    const [title = "", ...body] = text.split("\n");
    return [
      `<section id="${name}"><h6>${name}</h6>`,
      `<h1 class="title">${escapeHtml(title.slice(2))}</h1>`,
      `<article class="markdown-body">${render(body.join("\n"))}</article></section>`,
    ].join("\n");
  });
  const links = pages.map(({ name }) => `<a href="#${name}">${name}</a>`).join(" · ");
  return [
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
    "<title>Pull requests of lastgood</title>",
    `<style>${css}`,
    "body{max-width:960px;margin:2rem auto;padding:0 1rem;font-family:-apple-system,'Segoe UI',sans-serif}",
    "section{margin:3rem 0}.title{font-weight:400;overflow-wrap:anywhere}h6{color:#59636e;margin:0}",
    "article{border:1px solid #d1d9e0;border-radius:6px;padding:16px}",
    "</style>",
    `<nav>${links}</nav>`,
    ...articles,
    "</html>\n",
  ].join("\n");
}

/** Titles are no Markdown. */
function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function writeGallery(file: string): void {
  const pages = readdirSync(PAGES)
    .filter((name) => name.endsWith(".md"))
    .map((name) => ({ name: basename(name, ".md"), text: readFileSync(join(PAGES, name), "utf8") }));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, galleryPage(pages, renderWithMarked));
  process.stdout.write(`${file}\n`);
}

if (process.argv[1]?.endsWith("write-pr-gallery.ts") === true) {
  writeGallery(process.argv[2] ?? join(tmpdir(), "lastgood-pull-requests.html"));
}
