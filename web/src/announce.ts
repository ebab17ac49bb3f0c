import { signal } from '@preact/signals';

/** A short message at the foot of the page, read aloud, perhaps with a way back. */
export interface Announcement {
  readonly text: string;
  readonly tone: 'done' | 'failed';
  readonly undo?: () => void;
}

export const announcement = signal<Announcement | null>(null);

/** Shows a message in place of the one before. */
export function announce(text: string, undo?: () => void): void {
  announcement.value = { text, tone: 'done', ...(undo && { undo }) };
}

/** Says that something the reader asked for did not happen, and why. */
export function announceFailure(error: unknown): void {
  announcement.value = { text: sentence(error), tone: 'failed' };
}

/** What went wrong as a sentence, in the server's words. */
export function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
