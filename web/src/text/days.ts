/** Days and times as people write them. */

/** The day of a time, such as `12 Oct 2026`, in the reader's locale. @param seconds - since 1970 */
export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString(undefined, { dateStyle: 'medium' });
}

/** Day and time, in the reader's locale. @param time - ISO 8601; null gives an empty text */
export function dayAndTime(time: string | null): string {
  if (time === null) return '';
  const date = new Date(time);
  const day = date.toLocaleDateString(undefined, { dateStyle: 'medium' });
  return `${day}, ${date.toLocaleTimeString(undefined, { timeStyle: 'short' })}`;
}

/** A run by its model and the time in its id, such as `mult-vae of Oct 12, 2026, 3:15 AM`; an id without a time as it is. */
export function runWords(run: string): string {
  const match = /^(.+)-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(run);
  if (match === null) return run;
  const [, model, year, month, day, hour, minute, second] = match;
  return `${model} of ${dayAndTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)}`;
}
