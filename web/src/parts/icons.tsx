/** The page's icons. */

const paths = {
  heart:
    'M12 20.3 4.6 13a4.9 4.9 0 0 1 0-7 5 5 0 0 1 7 0l.4.4.4-.4a5 5 0 0 1 7 0 4.9 4.9 0 0 1 0 7Z',
  cross: 'M6 6l12 12M18 6 6 18',
  undo: 'M8 5 4 9l4 4M4 9h9a6 6 0 0 1 0 12h-3',
  shuffle:
    'M4 7h3c5 0 5 10 10 10h3M4 17h3c1.6 0 2.700-1 3.600-2.300M14 8.500c.8-.9 1.700-1.500 3-1.500h3M17.500 4.500 20 7l-2.500 2.500M17.500 14.500 20 17l-2.500 2.500',
  link: 'M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-.8.8M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l.8-.8',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  out: 'M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9',
  whole: 'M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5',
} as const;

/** A small drawing that screen readers skip. */
export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
