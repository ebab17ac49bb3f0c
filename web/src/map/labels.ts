/** Places item names on the map where there is room. */

/** A name to write beside a point. */
export interface Label {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Radius of the point, in pixels. */
  readonly radius: number;
}

interface LabelStyle {
  readonly text: string;
  /** The colour of the outline around the letters. */
  readonly page: string;
  readonly width: number;
  readonly height: number;
}

const maxLabels = 22;
/** How many names are tried in one frame, because most find no room. */
export const maxTries = 160;
const lineHeight = 16;
const longest = 28;

/**
 * Writes names where there is room, in the given order.
 *
 * @param labels - the most important first
 * @param fixed - names that are always written
 */
export function placeLabels(
  context: CanvasRenderingContext2D,
  labels: readonly Label[],
  fixed: readonly Label[],
  { text, page, width, height }: LabelStyle,
): void {
  const taken: { left: number; right: number; y: number }[] = [];
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 3;
  context.strokeStyle = page;
  context.fillStyle = text;
  const write = ({ name, x, y, radius }: Label, { always }: { always: boolean }): void => {
    context.font = `${always ? 600 : 400} 12px system-ui, sans-serif`;
    const short = name.length > longest ? `${name.slice(0, longest - 1)}…` : name;
    const wide = context.measureText(short).width;
    const right = x + radius + 3 + wide;
    const left = right > width ? x - radius - 3 - wide : x + radius + 3;
    const box = { left: left - 4, right: left + wide + 4, y };
    const free = taken.every(
      (other) =>
        box.right < other.left || box.left > other.right || Math.abs(y - other.y) > lineHeight,
    );
    if (!always && (!free || left < 0 || y < lineHeight || y > height - lineHeight)) return;
    taken.push(box);
    context.strokeText(short, left, y);
    context.fillText(short, left, y);
  };
  for (const label of fixed) write(label, { always: true });
  for (const label of labels) {
    if (taken.length >= maxLabels) break;
    if (!fixed.some(({ x, y }) => x === label.x && y === label.y)) write(label, { always: false });
  }
}
