/** What people wrote on a run, and the form that changes it. */

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { announce, announceFailure } from '../../announce.js';
import { labelRun, type RunSummary } from '../../server/api.js';
import { readOnly } from '../../server/connection.js';

interface RunLabelProps {
  readonly run: Pick<RunSummary, 'run' | 'name' | 'note'>;
  readonly changed: () => void;
}

/** The note on a run, and a button that opens the form for its name and note. */
export function RunLabel({ run, changed }: RunLabelProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const stored = () => {
    setOpen(false);
    button.current?.focus();
    changed();
  };
  return (
    <>
      {run.note !== null && !isOpen && <p class="run-note">{run.note}</p>}
      {!readOnly.value && (
        <button
          ref={button}
          type="button"
          class="plain"
          aria-label={`Name and note of ${run.run}`}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          Name and note
        </button>
      )}
      {!readOnly.value && isOpen && <LabelForm run={run} stored={stored} />}
    </>
  );
}

interface LabelFormProps {
  readonly run: RunLabelProps['run'];
  readonly stored: () => void;
}

function LabelForm({ run, stored }: LabelFormProps) {
  const id = useId();
  const [name, setName] = useState(run.name ?? '');
  const [note, setNote] = useState(run.note ?? '');
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      await labelRun(run.run, { name, note });
      announce('The name and the note are stored.');
      stored();
    } catch (error) {
      announceFailure(error);
    }
  };
  return (
    <form
      class="label-form"
      aria-label={`Change the name and note of ${run.run}`}
      onSubmit={(event) => void save(event)}
    >
      <label for={`${id}-name`}>Name</label>
      <input
        ref={first}
        id={`${id}-name`}
        type="text"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <label for={`${id}-note`}>Note</label>
      <textarea
        id={`${id}-note`}
        rows={3}
        value={note}
        onInput={(event) => setNote(event.currentTarget.value)}
      />
      <div class="buttons">
        <button type="submit">Save</button>
      </div>
    </form>
  );
}
