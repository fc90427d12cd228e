/** Set in the hook's environment for a pusher that may not write workflows: the file for the reason why a push was refused. */
export const WORKFLOW_VARIABLE = "STANDIN_WORKFLOW_REFUSAL";

/** git's `update` hook: refuses a ref that brings another content of `.github/workflows/`, as GitHub does to Apps without the permission. */
export const WORKFLOW_HOOK = `#!/bin/sh
[ -n "$${WORKFLOW_VARIABLE}" ] || exit 0
case $3 in *[!0]*) ;; *) exit 0 ;; esac
case $2 in
  *[!0]*) from=$2 ;;
  *) from=$(git rev-parse --verify --quiet HEAD || git hash-object -t tree /dev/null) ;;
esac
file=$(git diff-tree -r --name-only "$from" "$3" -- .github/workflows | head -n 1)
[ -n "$file" ] || exit 0
printf 'refusing to allow a GitHub App to create or update workflow \`%s\` without \`workflows\` permission' "$file" > "$${WORKFLOW_VARIABLE}"
exit 1
`;
