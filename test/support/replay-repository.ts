import { gitdir, type CommitSpec, type GitDir } from "./gitdir.ts";

/** A Deployment in twenty lines: enough for git to tell apart what stands apart. */
export function api(
  image: string,
  options: { readonly replicas?: number; readonly log?: string; readonly pull?: string } = {},
): string {
  const { replicas = 2, log = "info", pull } = options;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  replicas: ${replicas}
  selector:
    matchLabels:
      app: api
  template:
    metadata:
      labels:
        app: api
    spec:
      containers:
        - name: api
          image: ${image}
${pull === undefined ? "" : `          imagePullPolicy: ${pull}\n`}          env:
            - name: LOG
              value: ${log}
`;
}

const api1 = api("shop/api:1.0.0");
const api2 = api("shop/api:1.1.0");
const quiet = api("shop/api:1.0.0", { log: "warn" });

/** Seven reverts by people; \`as\` names each one \`<what>\` and its bad commit \`<what>-bad\`. */
const COMMITS: readonly CommitSpec[] = [
  { files: { "api.yaml": api1, "notes.txt": "one\n", "web.yaml": "tag: 1\n" }, message: "start" },
  // clean, marked
  { as: "marked-bad", files: { "api.yaml": api2 }, message: "Bump api" },
  { files: { "other.txt": "later\n" }, message: "Something else" },
  { as: "marked", files: { "api.yaml": api1 }, message: 'Revert "Bump api"\n\nThis reverts commit {marked-bad}.' },
  // a line next to the change was added since: only git conflicts
  { as: "near-bad", files: { "api.yaml": api2 }, message: "Bump api again (#5)" },
  { files: { "api.yaml": api("shop/api:1.1.0", { pull: "Always" }) }, message: "Pull always" },
  {
    as: "near",
    files: { "api.yaml": api("shop/api:1.0.0", { pull: "Always" }) },
    message: 'Revert "Bump api again (#5)" (#6)',
  },
  { files: { "api.yaml": api1 }, message: "Pull when absent" },
  // the same field was set since: both conflict
  { as: "overlap-bad", files: { "api.yaml": api2 }, message: "Bump api for good (#7)" },
  { files: { "api.yaml": api("shop/api:2.0.0") }, message: "Next major" },
  { as: "overlap", files: { "api.yaml": api1 }, message: "Give up\n\nReverts acme/gitops#7" },
  // the person does more in the same file, and in another one
  { as: "extra-bad", files: { "api.yaml": api2 }, message: "Try 1.1.0 (#8)" },
  { as: "extra", files: { "api.yaml": quiet, "notes.txt": "two\n" }, message: 'Revert "Try 1.1.0" (#9)' },
  // only a part goes back
  {
    as: "part-bad",
    files: { "api.yaml": api("shop/api:1.1.0", { log: "warn" }), "notes.txt": "three\n" },
    message: "Both (#10)",
  },
  { as: "part", files: { "api.yaml": quiet }, message: 'Revert "Both" (#11)' },
  // silently, two bumps
  { as: "silent-bad", files: { "web.yaml": "tag: 1.1\n" }, message: "web 1.1" },
  { as: "silent-worse", files: { "web.yaml": "tag: 1.2\n" }, message: "web 1.2" },
  { as: "silent", files: { "web.yaml": "tag: 1.1\n" }, message: "calm" },
  // a merge, and its revert; then the revert of the revert
  { branch: "topic", from: "silent", files: { "topic.yaml": "a: 1\n" }, as: "topic", message: "Topic" },
  {
    as: "merge-bad",
    merge: ["topic"],
    files: { "topic.yaml": "a: 1\n" },
    message: "Merge pull request #12 from acme/topic\n\nAdd a topic",
  },
  { as: "merge", remove: ["topic.yaml"], message: 'Revert "Add a topic" (#13)' },
  { as: "again", files: { "topic.yaml": "a: 1\n" }, message: 'Revert "Revert "Add a topic"" (#14)' },
  // says so, but touches something else
  { as: "void", files: { "notes.txt": "four\n" }, message: 'Revert "Next major"' },
];

/** A repository with reverts of every kind. */
export function replayRepository(): GitDir {
  const git = gitdir([]);
  for (const spec of COMMITS) {
    const message = spec.message?.replace(/\{([\w-]+)\}/g, (_, name: string) => git.id(name)) ?? "";
    git.commit({ ...spec, message });
  }
  return git;
}
