/** What charts over epochs share: their axes, and reading them by pointer and keys. */

import type { ScaleLinear } from 'd3-scale';
import type { TargetedKeyboardEvent, TargetedPointerEvent } from 'preact';

type Scale = ScaleLinear<number, number>;

/** A chart's size, and where its axes lie. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly margin: { readonly left: number; readonly right: number };
}

/** A tick without the zeros that would fill it up to the others' length. */
function tickText(tick: number): string {
  return String(Number(tick.toPrecision(6)));
}

/** Lines across at the values, and the epochs below. */
export function Axes(props: { frame: Frame; across: Scale; up: Scale }) {
  const { across, up } = props;
  const { width, height, margin } = props.frame;
  return (
    <>
      {up.ticks(4).map((tick) => (
        <g key={tick} class="tick">
          <line x1={margin.left} x2={width - margin.right} y1={up(tick)} y2={up(tick)} />
          <text x={margin.left - 6} y={up(tick)} dy="0.32em" text-anchor="end">
            {tickText(tick)}
          </text>
        </g>
      ))}
      {across
        .ticks(5)
        .filter(Number.isInteger)
        .map((tick) => (
          <text key={tick} class="tick" x={across(tick)} y={height - 12} text-anchor="middle">
            {tick}
          </text>
        ))}
    </>
  );
}

/** By how many places an arrow key moves; null for another key. */
export function arrowStep(event: TargetedKeyboardEvent<SVGSVGElement>): number | null {
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return null;
  event.preventDefault();
  return event.key === 'ArrowRight' ? 1 : -1;
}

/** The place of the value that is nearest to the pointer. @param values - at least one */
export function pointedPlace(
  event: TargetedPointerEvent<SVGSVGElement>,
  values: readonly number[],
  { across, width }: { readonly across: Scale; readonly width: number },
): number {
  const box = event.currentTarget.getBoundingClientRect();
  const wanted = across.invert(((event.clientX - box.left) / box.width) * width);
  return values.reduce(
    (best, each, k) => (Math.abs(each - wanted) < Math.abs(values[best]! - wanted) ? k : best),
    0,
  );
}
