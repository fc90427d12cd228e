import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { createWriter, type TextStream } from "../../../../src/faces/cli/output/writer.ts";

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A stream that a test can break. */
function fakeStream(): TextStream & { readonly written: string[]; fail: (error: Error) => void; throws?: Error } {
  const listeners: ((error: Error) => void)[] = [];
  const stream = {
    written: [] as string[],
    throws: undefined as Error | undefined,
    write(text: string): boolean {
      if (stream.throws !== undefined) throw stream.throws;
      stream.written.push(text);
      return true;
    },
    on(_: "error", listener: (error: Error) => void): void {
      listeners.push(listener);
    },
    fail: (error: Error): void => listeners.forEach((listener) => listener(error)),
  };
  return stream as ReturnType<typeof fakeStream>;
}

describe("createWriter", () => {
  it("redacts everything it writes", () => {
    const stream = fakeStream();
    createWriter(stream, { redact: (text) => text.replace("s3cret", "***") }).write("a s3cret\n");
    expect(stream.written).toEqual(["a ***\n"]);
  });

  it("falls silent when the reader has gone, and says so once", () => {
    const stream = fakeStream();
    let told = 0;
    const writer = createWriter(stream, { redact: (text) => text, onClosed: () => void told++ });
    writer.write("a");
    stream.fail(failure("EPIPE"));
    stream.fail(failure("EPIPE"));
    writer.write("b");
    expect(stream.written).toEqual(["a"]);
    expect([writer.closed, told]).toEqual([true, 1]);
  });

  it("falls silent when the write itself throws", () => {
    const stream = fakeStream();
    stream.throws = failure("EPIPE");
    const writer = createWriter(stream, { redact: (text) => text });
    writer.write("a");
    expect(writer.closed).toBe(true);
  });

  it("throws every other error of the stream", () => {
    const stream = fakeStream();
    createWriter(stream, { redact: (text) => text });
    expect(() => stream.fail(failure("ENOSPC"))).toThrow("ENOSPC");
  });

  it("survives a real pipe whose reader has ended", async () => {
    const child = spawn(process.execPath, ["-e", ""], { stdio: ["pipe", "ignore", "ignore"] });
    await once(child, "exit");
    const closed = new Promise<void>((resolve) => {
      const writer = createWriter(child.stdin, { redact: (text) => text, onClosed: resolve });
      writer.write("late");
    });
    await expect(closed).resolves.toBeUndefined();
  });
});
