/**
 * The failures of lastgood: a closed list of codes, each with its exit code and whether trying again can help.
 * A refusal that lastgood *decided* is not here: that is a `Hold` (core/model/hold.ts), a value.
 */

/** What the process ends with. They are API: see `lastgood help exit-codes`. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  noCheckpoint: 3,
  denied: 4,
  guard: 5,
  conflict: 6,
  changes: 7,
  pending: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface CodeFacts {
  readonly exit: ExitCode;
  /** `transient`: the same call may succeed later. `terminal`: something has to change first. */
  readonly retry: "terminal" | "transient";
}

const usage: CodeFacts = { exit: EXIT.usage, retry: "terminal" };
const failed: CodeFacts = { exit: EXIT.failed, retry: "terminal" };
const denied: CodeFacts = { exit: EXIT.denied, retry: "terminal" };
const passing: CodeFacts = { exit: EXIT.failed, retry: "transient" };

/** Code → exit code and retry. A new failure is a new row here, and nowhere else. */
export const CODES = {
  // What the person typed.
  UsageArgument: usage,
  UsageMissing: usage,
  UsageTarget: usage,
  UsageRevision: usage,
  UsageComponent: usage,
  UsageRepository: usage,
  // lastgood.yaml and the environment.
  ConfigNotFound: usage,
  ConfigSyntax: usage,
  ConfigInvalid: usage,
  ConfigVariable: usage,
  ConfigSecretFile: usage,
  ConfigRef: usage,
  ConfigUrl: usage,
  ConfigGit: usage,
  // The GitOps repository.
  RepositoryNotFound: failed,
  RepositoryRef: failed,
  RepositoryObject: failed,
  RepositoryPath: failed,
  RepositoryTree: failed,
  RepositorySymlink: failed,
  RepositoryGitlink: failed,
  RepositoryLfs: failed,
  RepositoryFormat: failed,
  RepositoryShallow: failed,
  RepositoryRedirect: failed,
  RepositoryRename: failed,
  RepositoryGit: failed,
  RepositoryTransport: passing,
  RepositoryMoved: passing,
  RepositoryRejected: failed,
  RepositoryCheckedOut: failed,
  // Sizes.
  LimitBlob: failed,
  LimitPath: failed,
  LimitDepth: failed,
  LimitAlias: failed,
  LimitDocuments: failed,
  LimitTokens: failed,
  LimitFiles: failed,
  LimitFetch: failed,
  LimitTime: failed,
  LimitMemory: failed,
  // What a file says.
  ManifestNotText: failed,
  ManifestEncoding: failed,
  ManifestYaml: failed,
  ManifestJson: failed,
  ManifestDuplicateKey: failed,
  ManifestNumber: failed,
  ManifestKey: failed,
  ManifestUnsafeKey: failed,
  ManifestTag: failed,
  ManifestTemplate: failed,
  ManifestEncrypted: failed,
  ManifestShape: failed,
  ManifestIdentity: failed,
  ManifestDuplicate: failed,
  // Patches and edits.
  PatchApply: failed,
  PatchTest: failed,
  EditAlias: failed,
  EditList: failed,
  EditEncrypted: failed,
  EditUnproved: failed,
  // The forge (GitHub).
  ForgeAuth: denied,
  ForgePermission: denied,
  ForgeNotFound: failed,
  ForgeValidation: failed,
  ForgeConflict: failed,
  ForgeRateLimit: passing,
  ForgeUnavailable: passing,
  ForgeAnswer: passing,
  ForgeUnsupported: failed,
  // The cluster and its engines.
  EngineConfig: usage,
  EngineUnreachable: passing,
  EngineAuth: denied,
  EngineForbidden: denied,
  EngineKind: failed,
  EngineNotFound: failed,
  EngineConflict: failed,
  EngineValidation: failed,
  EngineRateLimit: passing,
  EngineAnswer: passing,
  // Those who are told.
  NotifyRefused: failed,
  NotifyUnreachable: passing,
  // The ledger.
  LedgerFormat: failed,
  LedgerWrite: passing,
  LedgerObject: failed,
  // Us.
  Internal: failed,
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof CODES;

/** Where in the managed repository (or in a config file) something stands. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ErrorDetails {
  /** What to do next: one or more full sentences or commands. */
  readonly hint?: string;
  readonly place?: Place;
  readonly cause?: unknown;
}

/** A failure with a stable code. `message` is one line: what, and which. It never holds a secret or a control character. */
export class LastgoodError extends Error {
  override readonly name = "LastgoodError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
  }

  get exit(): ExitCode {
    return CODES[this.code].exit;
  }

  get transient(): boolean {
    return CODES[this.code].retry === "transient";
  }
}

/** `file:line:column`, as far as it is known. */
export function formatPlace(place: Place): string {
  if (place.line === undefined) return place.file;
  return place.column === undefined ? `${place.file}:${place.line}` : `${place.file}:${place.line}:${place.column}`;
}
