/** The picture of an item: the shop's own, or a quiet drawing. */

import { useState } from 'preact/hooks';
import { cardFields, home } from '../home.js';
import { mayLoad, webAddress } from '../items/card-fields.js';
import type { Item } from '../server/api.js';

const motifs = 4;
/** As many as one can tell from each other. */
const hues = 18;

/** The image of an item where its host is allowed and it loads; otherwise a drawing in the colour of its category. */
export function Picture({ item }: { item: Item }) {
  const { image } = cardFields.value;
  const address = image === null ? null : webAddress(item.fields?.[image]);
  const [failed, setFailed] = useState<string | null>(null);
  if (address !== null && address.href !== failed && mayLoad(address, home.value.imageHosts)) {
    return (
      <img
        class="picture"
        src={address.href}
        alt=""
        loading="lazy"
        decoding="async"
        referrerpolicy="no-referrer"
        onError={() => setFailed(address.href)}
      />
    );
  }
  return <Drawing item={item} />;
}

/** Whether rows of lists have room for pictures: where no item has an image, they would say nothing. */
export function hasPictures(): boolean {
  return cardFields.value.image !== null;
}

/** Some shapes that the id of the item chooses; items of one category share their colour. */
function Drawing({ item: { itemId, genres } }: { item: Item }) {
  const hue = genres[0] === undefined ? null : (360 / hues) * (hash(genres[0]) % hues);
  const seed = hash(itemId);
  const part = (shift: number, range: number) => ((seed >>> shift) & 255) % range;
  return (
    <svg
      class={hue === null ? 'picture drawing grey' : 'picture drawing'}
      style={{ '--hue': hue ?? 0 }}
      viewBox="0 0 48 48"
      aria-hidden="true"
    >
      <rect width="48" height="48" />
      <g transform={`rotate(${45 * part(0, 8)} 24 24)`}>{motif(part(8, motifs), part(16, 9))}</g>
    </svg>
  );
}

/** @param size - 0 to 8 */
function motif(kind: number, size: number) {
  switch (kind) {
    case 0:
      return (
        <>
          <circle cx="17" cy="24" r={7 + size / 2} />
          <circle cx="33" cy="24" r={13 - size / 2} />
        </>
      );
    case 1:
      return (
        <>
          <path d={`M-12 ${30 - size / 2}h72v36h-72z`} />
          <circle cx={15 + 2 * size} cy="17" r="5" />
        </>
      );
    case 2:
      return (
        <>
          <path class="arc" d={`M8 ${34 + size / 2}a16 16 0 0 1 32 0`} />
          <path class="arc" d={`M16 ${34 + size / 2}a8 8 0 0 1 16 0`} />
        </>
      );
    default:
      return (
        <>
          <path d={`M-12 14h72v${4 + size}h-72z`} />
          <path d={`M-12 ${24 + size}h72v4h-72z`} />
        </>
      );
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let k = 0; k < text.length; k++) {
    value = Math.imul(value ^ text.charCodeAt(k), 0x01000193);
  }
  return (value ^ (value >>> 15)) >>> 0;
}
