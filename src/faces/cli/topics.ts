/** `lastgood help TOPIC`. */
import { EXIT } from "../../errors.ts";
import { HOLD_EXITS } from "../../core/model/hold.ts";

export interface Topic {
  readonly title: string;
  readonly text: () => string;
}

const EXIT_TEXTS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "done, or nothing to do",
  failed: "failed",
  usage: "usage or configuration",
  noCheckpoint: "no known-good checkpoint",
  denied: "authentication or permission",
  guard:
    "refused by a guard: policy, freeze, suspension, lastgood switched off, veto, quarantine (check), a revision that cannot be gone back to",
  conflict: "conflict, or the plan is stale: needs a person",
  changes: "plan --detailed-exitcode: there are changes",
  pending: "pending: what --wait asked for has not happened yet",
  interrupted: 'interrupted, or "no" at the prompt; nothing written',
};

export const TOPICS: Readonly<Record<string, Topic>> = {
  "exit-codes": {
    title: "what each exit code means",
    text: () => {
      const codes = (Object.keys(EXIT) as (keyof typeof EXIT)[]).map(
        (name) => `  ${String(EXIT[name]).padStart(3)}  ${EXIT_TEXTS[name]}`,
      );
      const holds = Object.entries(HOLD_EXITS).map(([reason, exit]) => `  ${String(exit).padStart(3)}  ${reason}`);
      return ["Exit codes", ...codes, "", "Where lastgood decided not to act", ...holds].join("\n");
    },
  },
  environment: {
    title: "variables and files that lastgood reads",
    text: () => `Configuration, first found
  --config · LASTGOOD_CONFIG · ./lastgood.yaml · ./.github/lastgood.yaml
  $XDG_CONFIG_HOME/lastgood/config.yaml · /etc/lastgood/config.yaml

Repository
  LASTGOOD_REPO, GH_REPO           as --repo
  GH_HOST                          host of OWNER/REPO (default: github.com)

Sign-in, first found; it is sent to no other host
  LASTGOOD_TOKEN_FILE              a file that holds a token
  LASTGOOD_APP_ID, LASTGOOD_APP_PRIVATE_KEY_FILE
                                   a GitHub App and the file with its key (PEM, chmod 600)
  LASTGOOD_APP_INSTALLATION_ID     the App's installation (found when missing)
  forge.auth in lastgood.yaml
  GH_TOKEN, GITHUB_TOKEN           github.com and GH_HOST
  GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN    other hosts
  gh auth token                    what the GitHub CLI is logged in with

Cluster (status; history, checkpoints, plan and revert where engines are configured)
  --kubeconfig · KUBECONFIG · ~/.kube/config · the service account of the pod
  --context, engines[].context     which of its clusters (default: the current one)

CI (check)
  GITHUB_BASE_REF, GITHUB_EVENT_PATH, GITHUB_EVENT_NAME    what the change will be merged into
  GITHUB_STEP_SUMMARY              where --annotate writes the job summary

Output
  NO_COLOR, FORCE_COLOR, TERM=dumb · COLUMNS
  LASTGOOD_NO_INPUT                as --no-input, when it is set

Who asks (in commits, pull requests, the ledger)
  GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, else what git config says

Network and files
  HTTPS_PROXY, NO_PROXY · NODE_EXTRA_CA_CERTS (forge.caFile is for git, too) · SSH_AUTH_SOCK · XDG_CACHE_HOME (clones, free to be deleted)`,
  },
  formatting: {
    title: "output for people and for programs",
    text: () => `stdout holds the result only; progress and talk go to stderr.

  -o table    columns on a terminal; tab-separated without a head on a pipe, full ids, RFC 3339 times
  -o wide     as table, with more: engine, object and reason (status), links to what GitHub holds (replay)
  -o json     one document: apiVersion lastgood.dev/v1alpha1, kind, metadata, spec, status
  -o yaml     the same as YAML
  -o name     ids only: targets (status), commits (history, checkpoints, revert --mode branch), paths (plan), the
              pull request's URL (revert)

Within a version, fields are only ever added.`,
  },
};
