/** Names that share a line or two. */

/**
 * Shortens names until all of them together have at most so many characters, the longest first. None is cut that is
 * shorter than its equal share.
 */
export function fitted(names: readonly string[], characters: number): string[] {
  const lengths = names.map((name) => name.length).sort((a, b) => a - b);
  let left = characters;
  let cap = Number.POSITIVE_INFINITY;
  for (const [k, length] of lengths.entries()) {
    const share = Math.floor(left / (lengths.length - k));
    if (length > share) {
      cap = share;
      break;
    }
    left -= length;
  }
  return names.map((name) =>
    name.length > cap ? `${name.slice(0, Math.max(1, cap - 1)).replace(/[\s,;:.-]+$/, '')}…` : name,
  );
}
