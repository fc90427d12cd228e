import type { Redact } from "./redact.ts";

/** As much of a stream as is needed to write to it. */
export interface TextStream {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Writes to one stream, redacted. After its reader has gone, writing does nothing. */
export interface Writer {
  write(text: string): void;
  /** Has the reader gone? */
  readonly closed: boolean;
}

export interface WriterOptions {
  readonly redact: Redact;
  /** The reader has gone (`lastgood history | head`): told once. A command that only reads may stop now; one that writes goes on. */
  readonly onClosed?: (() => void) | undefined;
}

/** Codes of a stream whose other end is closed: pipe, terminal, socket. */
const GONE = new Set(["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"]);

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && GONE.has(String(error.code));
}

/** A broken pipe is no failure: the reader has seen enough. Any other error of the stream is thrown. */
export function createWriter(stream: TextStream, { redact, onClosed }: WriterOptions): Writer {
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    onClosed?.();
  };
  stream.on("error", (error) => {
    if (!isGone(error)) throw error;
    close();
  });
  return {
    write(text) {
      if (closed || text === "") return;
      try {
        // A stream that is destroyed already tells only the callback.
        stream.write(redact(text), (error) => (isGone(error) ? close() : undefined));
      } catch (error) {
        if (!isGone(error)) throw error;
        close();
      }
    },
    get closed() {
      return closed;
    },
  };
}
