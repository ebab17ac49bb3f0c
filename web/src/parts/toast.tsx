/** Shows short messages at the foot of the page. */

import { useEffect } from 'preact/hooks';
import { announcement } from '../announce.js';
import { Icon } from './icons.js';

const shownMs = 8000;

/** The latest message. It disappears after a while unless it reports a failure. */
export function Toast() {
  const message = announcement.value;
  useEffect(() => {
    if (message === null || message.tone === 'failed') return;
    const timer = setTimeout(() => {
      announcement.value = null;
    }, shownMs);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {message && (
        <div class={`toast ${message.tone}`}>
          <span>{message.text}</span>
          {message.undo && (
            <button
              type="button"
              onClick={() => {
                announcement.value = null;
                message.undo?.();
              }}
            >
              Undo
            </button>
          )}
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => {
              announcement.value = null;
            }}
          >
            <Icon name="cross" />
          </button>
        </div>
      )}
    </div>
  );
}
