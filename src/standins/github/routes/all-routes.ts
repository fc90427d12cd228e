import type { Route } from "../router.ts";
import { APP_HOOK_ROUTES } from "./app-hook.ts";
import { APP_ROUTES } from "./apps.ts";
import { CHECK_ROUTES } from "./checks.ts";
import { COLLABORATOR_ROUTES } from "./collaborators.ts";
import { COMMIT_ROUTES } from "./commits.ts";
import { CONTENT_ROUTES } from "./contents.ts";
import { DEPLOYMENT_ROUTES } from "./deployments.ts";
import { GRAPHQL_ROUTES } from "./graphql.ts";
import { HOOK_ROUTES } from "./hooks.ts";
import { ISSUE_ROUTES } from "./issues.ts";
import { LABEL_ROUTES } from "./labels.ts";
import { MERGE_ROUTES } from "./merge.ts";
import { MERGE_ASYNC_ROUTES } from "./merge-async.ts";
import { OBJECT_ROUTES } from "./objects.ts";
import { PROTECTION_ROUTES } from "./protection.ts";
import { PULL_ROUTES } from "./pulls.ts";
import { REF_ROUTES } from "./refs.ts";
import { REPOSITORY_ROUTES } from "./repository.ts";
import { REVIEW_ROUTES } from "./reviews.ts";
import { RULESET_ROUTES } from "./rulesets.ts";
import { UPDATE_BRANCH_ROUTES } from "./update-branch.ts";
import { TIMELINE_ROUTES } from "./timeline.ts";
import { USER_ROUTES } from "./users.ts";

/** Everything the server answers. A new resource is a new file and a new line here. The first match wins. */
export const ALL_ROUTES: readonly Route[] = [
  ...USER_ROUTES,
  ...COLLABORATOR_ROUTES,
  ...APP_ROUTES,
  ...APP_HOOK_ROUTES,
  ...REPOSITORY_ROUTES,
  ...PROTECTION_ROUTES,
  ...RULESET_ROUTES,
  ...REF_ROUTES,
  ...OBJECT_ROUTES,
  ...CONTENT_ROUTES,
  ...COMMIT_ROUTES,
  ...CHECK_ROUTES,
  ...DEPLOYMENT_ROUTES,
  ...PULL_ROUTES,
  ...MERGE_ROUTES,
  ...MERGE_ASYNC_ROUTES,
  ...UPDATE_BRANCH_ROUTES,
  ...REVIEW_ROUTES,
  ...TIMELINE_ROUTES,
  ...ISSUE_ROUTES,
  ...LABEL_ROUTES,
  ...HOOK_ROUTES,
  ...GRAPHQL_ROUTES,
];
