/** The report of a run: reading it, and making it. */

import { useEffect } from 'preact/hooks';
import { announce, announceFailure } from '../announce.js';
import { makeReport, reportOf, reportState } from '../server/api.js';
import { addressOf, hasKey, readOnly } from '../server/connection.js';
import { useResource } from '../server/resource.js';

const askMs = 1500;

/**
 * Opens the report of a run in a new window, or has the server make it first and tells how far that is. If a key is
 * needed, saves the report as a file, because a link cannot carry the key.
 */
export function RunReport({ run }: { run: string }) {
  const { value, reload } = useResource(`report ${run}`, (signal) => reportState(run, signal));
  const isMaking = value?.state === 'making';
  useEffect(() => {
    if (!isMaking) return;
    const timer = setInterval(reload, askMs);
    return () => {
      clearInterval(timer);
    };
  }, [isMaking, reload]);
  if (value === undefined) return null;
  const read = async () => {
    try {
      const html = await reportOf(run);
      if (hasKey()) save(`${run}.html`, html);
      else window.open(addressOf(`models/${encodeURIComponent(run)}/report`), '_blank', 'noopener');
    } catch (error) {
      announceFailure(error);
    }
  };
  const make = async () => {
    try {
      await makeReport(run);
      announce('The report is being made.');
    } catch (error) {
      announceFailure(error);
    }
    reload();
  };
  return (
    <>
      {value.hasPage && (
        <button type="button" onClick={() => void read()}>
          {hasKey() ? 'Save the report' : 'Read the report'}
        </button>
      )}
      {isMaking ? (
        <span class="note" role="status">
          Making the report: {value.text} …
        </span>
      ) : (
        !value.hasPage &&
        !readOnly.value && (
          <button type="button" onClick={() => void make()}>
            Make the report
          </button>
        )
      )}
      {value.state === 'failed' && (
        <span class="problem" role="status">
          The report was not made: {value.text}
        </span>
      )}
    </>
  );
}

function save(name: string, html: string): void {
  const url = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
