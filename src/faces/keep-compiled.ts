/** What V8 makes of the program is kept from run to run: compiling it anew takes longer than most of what it does. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import module, { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

export interface KeepCompiled {
  /** The main file of the built program; all of it lies beside that. */
  readonly main: string;
  /** Of lastgood's own, where what can be made again is kept. */
  readonly folder: string;
  /** What it is asked to do: each command needs other functions, and V8 reads all that was kept, needed or not. */
  readonly command: string;
  /** Is called with what is to be done when the program ends. */
  readonly atEnd: (save: () => void) => void;
}

/** To be called before the program is loaded. Node does that by itself since 22.1 (nodejs.org/api/module.html), older ones for no module. */
export function keepCompiled({ main, folder, command, atEnd }: KeepCompiled): void {
  const enable: unknown = Reflect.get(module, "enableCompileCache");
  if (typeof enable === "function") {
    enable(folder);
    return;
  }
  const file = join(folder, /^[a-z]+$/.test(command) ? command : "other");
  const kept = readKept(file);
  const scripts = new Map<string, Script>();
  let isNew = false;
  const { extensions } = createRequire(main);
  const load = extensions[".js"];
  extensions[".js"] = (loaded, path) => {
    if (dirname(path) !== dirname(main)) return load?.(loaded, path);
    // Built without any other character (tsdown.config.ts).
    const text = readFileSync(path, "latin1");
    // Packages are reached by `import()`, and code that was kept has none: "A dynamic import callback was not specified".
    if (text.includes("import(")) return load?.(loaded, path);
    const cachedData = kept.get(basename(path));
    const script = compile(path, text, cachedData);
    scripts.set(basename(path), script);
    isNew ||= cachedData === undefined || script.cachedDataRejected === true;
    const run = script.runInThisContext() as (...given: readonly unknown[]) => void;
    run.call(loaded.exports, loaded.exports, createRequire(path), loaded, path, dirname(path));
  };
  atEnd(() => {
    if (!isNew) return;
    // Other parts that the same command has needed before; after an update they are gone.
    const others = [...kept].filter(([name]) => !scripts.has(name) && existsSync(join(dirname(main), name)));
    const now = [...scripts].map(([name, script]) => [name, script.createCachedData()] as const);
    save(file, [...others, ...now]);
  });
}

function compile(filename: string, text: string, cachedData: Buffer | undefined): Script {
  const wrapped = `(function (exports, require, module, __filename, __dirname) { ${text}\n})`;
  return new Script(wrapped, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
}

/** One file for each command: a line with the names and sizes of what follows. Names of files change with what is in them. */
function readKept(file: string): ReadonlyMap<string, Buffer> {
  const kept = new Map<string, Buffer>();
  try {
    const bytes = readFileSync(file);
    let at = bytes.indexOf("\n") + 1;
    for (const [name, size] of JSON.parse(bytes.toString("utf8", 0, at)) as readonly (readonly [string, number])[]) {
      kept.set(name, bytes.subarray(at, (at += size)));
    }
    return at === bytes.length ? kept : new Map();
  } catch {
    return new Map();
  }
}

/** Nothing depends on it: where it cannot be written, the next run compiles again. */
function save(file: string, parts: readonly (readonly [name: string, data: Buffer])[]): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const aside = mkdtempSync(`${file}-`);
    const head = JSON.stringify(parts.map(([name, data]) => [name, data.length]));
    writeFileSync(join(aside, "new"), Buffer.concat([Buffer.from(`${head}\n`), ...parts.map(([, data]) => data)]), {
      flush: true,
    });
    renameSync(join(aside, "new"), file);
    rmSync(aside, { recursive: true });
  } catch {
    return;
  }
}
