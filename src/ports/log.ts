/** What people are told while a command works. Never the result. Texts are escaped by the implementation. */
export interface Log {
  /** `►` one state change. */
  doing(message: string): void;
  /** `◎` lastgood waits for something; told once per reason. */
  waiting(message: string): void;
  /** `✔` */
  done(message: string): void;
  /** `!` */
  warn(message: string): void;
  /** Progress of long work; may be drawn over, may be dropped. */
  progress(stage: string, percent?: number): void;
}
