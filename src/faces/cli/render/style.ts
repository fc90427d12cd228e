import { glyph } from "../output/glyphs.ts";
import type { Output } from "../output/terminal.ts";

/** How words are made to look on one stream; with colour off every function gives its text back. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly arrow: string;
  readonly dot: string;
  /** Does a person read it on a terminal? */
  readonly tty: boolean;
  readonly unicode: boolean;
  /** Columns; infinite on a pipe. */
  readonly width: number;
}

export function styleOf({ colors, tty, unicode, width }: Output): Style {
  const { bold, dim, red, green, yellow, cyan } = colors;
  return {
    bold,
    dim,
    red,
    green,
    yellow,
    cyan,
    tty,
    unicode,
    width,
    arrow: glyph("arrow", unicode),
    dot: glyph("separator", unicode),
  };
}
