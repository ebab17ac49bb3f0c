/** What counts as a click: import, feedback and serving all ask here. */

/**
 * Whether an event of a user and an item is a click: it has no rating, or a rating above the threshold. A rating equal
 * to the threshold is not a click.
 *
 * @param rating - null or NaN where the event has none
 * @param threshold - null makes every event a click
 */
export function isClick(rating: number | null, threshold: number | null): boolean {
  // NaN compares as false, so the negation makes it a click.
  return threshold === null || rating === null || !(rating <= threshold);
}
