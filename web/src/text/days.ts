/** Days as people write them. */

/** The day of a time, such as `12 Oct 2026`, in the reader's locale. @param seconds - since 1970 */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString(undefined, { dateStyle: 'medium' });
}
