/** Short messages at the foot of the page. */

import { signal } from '@preact/signals';

/** A short message, which screen readers read aloud. */
export interface Announcement {
  readonly text: string;
  readonly tone: 'done' | 'failed';
  /** Gives the message an undo button. */
  readonly undo?: () => void;
}

export const announcement = signal<Announcement | null>(null);

/** Shows a message in place of the previous one. */
export function announce(text: string, undo?: () => void): void {
  announcement.value = { text, tone: 'done', ...(undo && { undo }) };
}

/** Says why something that the reader asked for failed. */
export function announceFailure(error: unknown): void {
  announcement.value = { text: sentence(error), tone: 'failed' };
}

/** Takes a failure away that belongs to a view which the reader has left. */
export function dismissFailure(): void {
  if (announcement.value?.tone === 'failed') announcement.value = null;
}

/** An error's message as a sentence. */
export function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
