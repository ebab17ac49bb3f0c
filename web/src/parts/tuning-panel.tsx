/** The controls that filter and tune a list. */

import { useId, useState } from 'preact/hooks';
import { changeQuery } from '../address.js';
import { home } from '../home.js';
import { whereExample } from '../items/where-example.js';
import { genres as listGenres } from '../server/api.js';
import { useResource } from '../server/resource.js';
import { isTuned, type Tuning, tuningQuery, untuned } from '../tuning.js';
import { capital, words } from '../words.js';
import { Icon } from './icons.js';

/** How many new items a list shows once they are asked for. */
const newItems = 2;

/** The filters and sliders of a list. Each change goes straight into the address. */
export function TuningPanel({ tuning }: { tuning: Tuning }) {
  /** Where the screen is narrow, the settings would keep the list from sight. */
  const [isOpen, setOpen] = useState(false);
  const set = (changes: Partial<Tuning>) => changeQuery(tuningQuery({ ...tuning, ...changes }));
  const genres = useResource('genres', listGenres);
  const example = whereExample(home.value, genres.value?.[0]?.genre);
  const isByYear = home.value.hasYears || tuning.minYear !== null || tuning.maxYear !== null;
  const toggle = (genre: string) =>
    set({
      genres: tuning.genres.includes(genre)
        ? tuning.genres.filter((other) => other !== genre)
        : [...tuning.genres, genre],
    });
  return (
    <section class={isOpen ? 'tuning open' : 'tuning'} aria-label="Filter and tune the list">
      <button type="button" class="toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Hide the settings' : isTuned(tuning) ? 'Settings are on' : 'Filter and tune'}
      </button>
      <div class="sliders">
        <Slider
          label="Diversity"
          low="best matches"
          high="most varied"
          value={tuning.diversity}
          onChange={(diversity) => set({ diversity })}
        />
        <Slider
          label="Novelty"
          low="well known"
          high="little known"
          value={tuning.novelty}
          onChange={(novelty) => set({ novelty })}
        />
        <Slider
          label="Exploration"
          low="familiar"
          high="adventurous"
          value={tuning.explore}
          onChange={(explore) => set({ explore })}
        />
        <div class="buttons">
          <button
            type="button"
            onClick={() =>
              set({ explore: tuning.explore || 0.7, seed: tuning.seed + (tuning.explore ? 1 : 0) })
            }
          >
            <Icon name="shuffle" /> {tuning.explore > 0 ? 'Another surprise' : 'Surprise me'}
          </button>
          <button
            type="button"
            class="chip"
            aria-pressed={tuning.newItems > 0}
            onClick={() => set({ newItems: tuning.newItems > 0 ? 0 : newItems })}
          >
            New {words.value.items}
          </button>
          <button
            type="button"
            class="plain"
            disabled={!isTuned(tuning)}
            onClick={() => changeQuery(tuningQuery(untuned(tuning)))}
          >
            Reset
          </button>
        </div>
      </div>
      {(example !== '' || tuning.where !== '') && (
        <WhereField value={tuning.where} example={example} onChange={(where) => set({ where })} />
      )}
      {genres.value && genres.value.length > 0 && (
        <details
          open={(tuning.genres.length > 0 && matchMedia('(min-width: 46rem)').matches) || undefined}
        >
          <summary>
            {tuning.genres.length > 0
              ? `Only ${tuning.genres.join(' or ')}`
              : capital(words.value.categories) + (isByYear ? ' and years' : '')}
            {(tuning.minYear !== null || tuning.maxYear !== null) &&
              `, ${tuning.minYear ?? '…'} to ${tuning.maxYear ?? '…'}`}
          </summary>
          <fieldset class="chips">
            <legend class="unseen">{capital(words.value.categories)}: any of</legend>
            {genres.value.map(({ genre, items }) => (
              <button
                key={genre}
                type="button"
                class="chip"
                aria-pressed={tuning.genres.includes(genre)}
                onClick={() => toggle(genre)}
              >
                {genre} <small>{items}</small>
              </button>
            ))}
          </fieldset>
          {isByYear && (
            <div class="years">
              <YearField
                label="From year"
                value={tuning.minYear}
                onChange={(minYear) => set({ minYear })}
              />
              <YearField
                label="to year"
                value={tuning.maxYear}
                onChange={(maxYear) => set({ maxYear })}
              />
            </div>
          )}
        </details>
      )}
    </section>
  );
}

function Slider(props: {
  label: string;
  low: string;
  high: string;
  value: number;
  onChange: (value: number) => void;
}) {
  const { label, low, high, value, onChange } = props;
  const id = useId();
  return (
    <div class="slider">
      <label for={id}>{label}</label>
      <output for={id}>{Math.round(value * 100)} %</output>
      <input
        id={id}
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={value}
        aria-valuetext={`${Math.round(value * 100)} %`}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
      <span class="ends" aria-hidden="true">
        <span>{low}</span>
        <span>{high}</span>
      </span>
    </div>
  );
}

/** A filter by fields. It takes effect with Enter, or when the field is left. */
function WhereField(props: { value: string; example: string; onChange: (value: string) => void }) {
  const { value, example, onChange } = props;
  const id = useId();
  return (
    <div class="where">
      <label for={id}>Only where</label>
      <input
        id={id}
        key={value}
        type="text"
        maxLength={2000}
        spellcheck={false}
        autocomplete="off"
        placeholder={`such as ${example}`}
        defaultValue={value}
        onChange={(event) => onChange(event.currentTarget.value.trim())}
      />
    </div>
  );
}

function YearField(props: {
  label: string;
  value: number | null;
  onChange: (value: number | null) => void;
}) {
  const { label, value, onChange } = props;
  const id = useId();
  const [text, setText] = useState(value === null ? '' : String(value));
  const year = text.trim() === '' ? null : /^\d{4}$/.test(text.trim()) ? Number(text) : undefined;
  return (
    <span>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode="numeric"
        maxLength={4}
        placeholder="any"
        value={value === null && year !== undefined ? '' : text}
        aria-invalid={year === undefined && text.trim().length === 4}
        onInput={(event) => {
          const next = event.currentTarget.value;
          setText(next);
          if (next.trim() === '') onChange(null);
          else if (/^\d{4}$/.test(next.trim())) onChange(Number(next));
        }}
      />
    </span>
  );
}
