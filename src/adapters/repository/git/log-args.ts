/** `git log` of first-parent history, whatever the repository's settings are. */
export const PLAIN_LOG = [
  "log",
  "--first-parent",
  "--diff-merges=first-parent",
  "--root",
  "-r",
  "-z",
  // Each undoes a setting by which the repository could add to, hide or run something.
  "--no-renames",
  "--no-relative",
  "--ignore-submodules=none",
  "--no-ext-diff",
  "--no-textconv",
  "--no-show-signature",
  "--no-mailmap",
  "--no-decorate",
  "--no-notes",
  "--no-color",
  "--no-follow",
] as const;
