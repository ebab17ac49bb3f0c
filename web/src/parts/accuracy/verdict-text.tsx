/** A verdict in words, with what it means on demand. */

import type { Verdict } from '../../server/api.js';

/** The sentence of a verdict, and what “certain” means. */
export function VerdictText({ verdict: { sentence, note, users, split } }: { verdict: Verdict }) {
  return (
    <div class="verdict">
      <p class="lead">{sentence}</p>
      <details>
        <summary>What this means</summary>
        <p class="note">
          {note} Measured on {users.toLocaleString()} {split} users.
        </p>
      </details>
    </div>
  );
}
