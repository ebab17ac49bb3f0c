/** A search field with a list of suggestions. */

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { useResource } from '../server/resource.js';

interface ComboboxProps<Option> {
  readonly label: string;
  /** Whether only screen readers get the label, because the page around it says the same. */
  readonly quietLabel?: boolean;
  readonly placeholder: string;
  readonly search: (text: string, signal: AbortSignal) => Promise<readonly Option[]>;
  readonly keyOf: (option: Option) => string;
  readonly children: (option: Option) => ComponentChildren;
  readonly onPick: (option: Option) => void;
  /** The text to show when nothing is found. */
  readonly nothing: string;
  /** A key that moves the focus here from anywhere, such as `/`. */
  readonly shortcut?: string;
}

/** A search field that suggests results while the reader types: the combobox of the ARIA Authoring Practices Guide. */
export function Combobox<Option>(props: ComboboxProps<Option>) {
  const { label, quietLabel, placeholder, search, keyOf, children, onPick, nothing } = props;
  const id = useId();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  /** Whether Enter was pressed before the results for the typed text arrived. */
  const [isPicking, setPicking] = useState(false);
  const found = useResource(open ? text.trim() : null, (signal) => search(text.trim(), signal));
  const options = open ? (found.value ?? []) : [];
  const chosen = Math.min(active, options.length - 1);

  const pick = (option: Option) => {
    setText('');
    setOpen(false);
    setActive(0);
    setPicking(false);
    onPick(option);
  };
  // While a search runs, the list still shows the results for the previous text.
  useEffect(() => {
    if (!isPicking || found.loading) return;
    setPicking(false);
    if (options[chosen] !== undefined) pick(options[chosen]);
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) setOpen(true);
      else if (options.length > 0) {
        const step = event.key === 'ArrowDown' ? 1 : options.length - 1;
        setActive((chosen + step) % options.length);
      }
    } else if (event.key === 'Enter') {
      event.preventDefault();
      setPicking(open);
    } else if (event.key === 'Escape' && (open || text)) {
      event.preventDefault();
      if (!open) setText('');
      setOpen(false);
    }
  };

  return (
    <div class="combobox">
      <label class={quietLabel ? 'unseen' : undefined} for={id}>
        {label}
      </label>
      <input
        id={id}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={text}
        aria-expanded={open}
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={options.length > 0 ? `${id}-${chosen}` : undefined}
        aria-keyshortcuts={props.shortcut}
        data-shortcut={props.shortcut}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
          setPicking(false);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click here must not take the focus from the field */}
      <div class="options" hidden={!open} onMouseDown={(event) => event.preventDefault()}>
        <div id={`${id}-list`} role="listbox" aria-label={label} tabIndex={-1}>
          {options.map((option, place) => (
            <div
              key={keyOf(option)}
              id={`${id}-${place}`}
              role="option"
              tabIndex={-1}
              aria-selected={place === chosen}
              onMouseMove={() => setActive(place)}
              onClick={() => pick(option)}
              onKeyDown={onKeyDown}
            >
              {children(option)}
            </div>
          ))}
        </div>
        {open && options.length === 0 && (
          <p class="note" role="status">
            {found.error ? found.error.message : found.loading ? 'Searching…' : nothing}
          </p>
        )}
      </div>
    </div>
  );
}
