/** Names of the regions of the map in view. */

/** A point as the regions see it. */
export interface RegionPoint {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  /** Its category; null for none. */
  readonly group: string | null;
  /** How often the items were clicked. */
  readonly weight: number;
}

/** A name to write over a region. */
export interface Region {
  readonly x: number;
  readonly y: number;
  /** The category that dominates it. */
  readonly group: string;
  /** The name of its most central item among the well-known ones. */
  readonly medoid: string;
  readonly points: number;
}

const minPoints = 8;
/** A category names a region where it is this much more frequent than in the whole view, or has most of it. */
const minLift = 1.4;
const majority = 0.5;
const minShare = 0.25;
/** How many regions in view may have the name of one category. */
const maxSameName = 3;

/**
 * Divides a view into regions and names those that a category dominates, the largest first. As the view is zoomed, its
 * regions become smaller parts of the map, and their names change.
 *
 * @param points - those in view, in pixels
 * @param cell - width and height of a region, in pixels
 */
export function regionsOf(
  points: readonly RegionPoint[],
  cell: { width: number; height: number },
): Region[] {
  const cells = new Map<string, RegionPoint[]>();
  for (const point of points) {
    const key = `${Math.floor(point.x / cell.width)} ${Math.floor(point.y / cell.height)}`;
    const held = cells.get(key);
    if (held) held.push(point);
    else cells.set(key, [point]);
  }
  const whole = counts(points);
  const regions: Region[] = [];
  for (const held of cells.values()) {
    if (held.length < minPoints) continue;
    const group = dominant(held, whole, points.length);
    if (group === null) continue;
    const own = held.filter((point) => point.group === group);
    const x = own.reduce((sum, point) => sum + point.x, 0) / own.length;
    const y = own.reduce((sum, point) => sum + point.y, 0) / own.length;
    // A name says more when it is known: the most central of the upper half.
    const known = own.toSorted((a, b) => b.weight - a.weight).slice(0, Math.ceil(own.length / 2));
    const away = (point: RegionPoint) => (point.x - x) ** 2 + (point.y - y) ** 2;
    const medoid = known.reduce((best, point) => (away(point) < away(best) ? point : best));
    regions.push({ x, y, group, medoid: medoid.name, points: held.length });
  }
  regions.sort((a, b) => b.points - a.points || a.x - b.x);
  // The same name everywhere says nothing of where one is.
  const named = new Map<string, number>();
  return regions.filter(({ group }) => {
    const before = named.get(group) ?? 0;
    named.set(group, before + 1);
    return before < maxSameName;
  });
}

/** The category that stands out among some points; null where none does. */
function dominant(
  held: readonly RegionPoint[],
  whole: ReadonlyMap<string, number>,
  total: number,
): string | null {
  let best: string | null = null;
  let bestLift = 0;
  for (const [group, count] of counts(held)) {
    const share = count / held.length;
    const lift = share / (whole.get(group)! / total);
    const standsOut = (share >= minShare && lift >= minLift) || share >= majority;
    if (standsOut && lift * share > bestLift) {
      best = group;
      bestLift = lift * share;
    }
  }
  return best;
}

function counts(points: readonly RegionPoint[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const { group } of points) {
    if (group !== null) counted.set(group, (counted.get(group) ?? 0) + 1);
  }
  return counted;
}
