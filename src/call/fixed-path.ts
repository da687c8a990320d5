// Paths that mean the same for every process, wherever it was started.

/** From the root, or from the home directory. */
export function isFixedPath(path: string): boolean {
  return /^(~$|(~|[a-z]:)?[/\\])/i.test(path);
}
