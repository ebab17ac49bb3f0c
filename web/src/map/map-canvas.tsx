/** The map as a component: canvas, tooltip, zoom buttons and keys. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { nameOf, shortName } from '../known-items.js';
import { Icon } from '../parts/icons.js';
import type { MapItem } from '../server/api.js';
import { words } from '../words.js';
import type { Groups } from './color-by.js';
import type { ScatterPoint } from './drawing.js';
import { inkCount, inks } from './genre-inks.js';
import { Scatter } from './scatter.js';

interface MapCanvasProps {
  readonly items: readonly MapItem[];
  readonly groups: Groups;
  /** The groups to show clearly; empty for all. */
  readonly shown: readonly string[];
  readonly selected: string | null;
  readonly linked: readonly string[];
  readonly liked: readonly string[];
  readonly recommended: readonly string[];
  readonly onSelect: (itemId: string) => void;
  readonly onOpen: (itemId: string) => void;
}

const steps: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A canvas with a tooltip, zoom buttons, and keys that move from item to item. */
export function MapCanvas(props: MapCanvasProps) {
  const { items, groups, shown, selected, linked, liked, recommended } = props;
  const { onSelect, onOpen } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const controls = useRef<HTMLDivElement>(null);
  const scatter = useRef<Scatter | null>(null);
  const [hovered, setHovered] = useState<{ item: MapItem; x: number; y: number } | null>(null);
  const byId = useMemo(() => new Map(items.map((item) => [item.itemId, item])), [items]);
  const latest = useRef({ onSelect, byId });
  latest.current = { onSelect, byId };

  useEffect(() => {
    const made = new Scatter(canvas.current!, controls.current!, {
      hover: (point, [x, y]) => {
        const item = point && latest.current.byId.get(point.id);
        setHovered(item ? { item, x, y } : null);
      },
      pick: (point) => latest.current.onSelect(point.id),
    });
    scatter.current = made;
    const resizing = new ResizeObserver(() => made.resize());
    resizing.observe(canvas.current!);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const recolor = () => made.setColors(schemeColors());
    recolor();
    scheme.addEventListener('change', recolor);
    return () => {
      scheme.removeEventListener('change', recolor);
      resizing.disconnect();
      made.dispose();
    };
  }, []);

  useEffect(() => {
    const place = new Map(groups.counts.slice(0, inkCount).map(([name], k) => [name, k]));
    scatter.current?.resize();
    scatter.current?.setPoints(
      items.map(
        (item): ScatterPoint => ({
          id: item.itemId,
          name: shortName(item),
          x: item.x,
          y: item.y,
          color: place.get(groups.of(item) ?? '') ?? inkCount,
          group: item.genre,
          weight: item.clicks,
        }),
      ),
    );
  }, [items, groups]);

  useEffect(() => {
    const wanted = new Set(shown);
    scatter.current?.setMarks({
      selected,
      linked,
      ringed: new Set(liked),
      recommended: new Set(recommended),
      dimmed: ({ id }) => {
        const item = byId.get(id);
        return wanted.size > 0 && !wanted.has((item && groups.of(item)) ?? '');
      },
    });
  }, [
    byId,
    selected,
    linked.join('|'),
    liked.join('|'),
    recommended.join('|'),
    shown.join('|'),
    groups,
  ]);

  useEffect(() => {
    if (selected !== null) scatter.current?.reveal(selected);
  }, [selected, items]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (step) {
      const next = scatter.current?.neighbour(...step);
      if (next) onSelect(next.id);
    } else if (event.key === '+' || event.key === '=') scatter.current?.zoomBy(1.6);
    else if (event.key === '-') scatter.current?.zoomBy(1 / 1.6);
    else if (event.key === '0') scatter.current?.whole();
    else if (event.key === 'Enter' && selected !== null) onOpen(selected);
    else return;
    event.preventDefault();
  };

  const names = words.value;
  return (
    <div class="map">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: only this role passes its arrow keys on to the page */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={`Map of ${items.length.toLocaleString()} ${names.items}. Arrow keys move from ${names.item} to ${names.item}, plus and minus zoom, zero shows all ${names.items}, Enter opens the selected ${names.item}.`}
        data-items={items.length}
        onKeyDown={onKeyDown}
      />
      {hovered && (
        <div class="tip" style={{ left: `${hovered.x}px`, top: `${hovered.y}px` }}>
          <b>{nameOf(hovered.item)}</b>
          {hovered.item.genre !== null && <span>{hovered.item.genre}</span>}
        </div>
      )}
      <div ref={controls} class="zoom">
        <button
          type="button"
          class="icon-button"
          aria-label="Zoom in"
          onClick={() => scatter.current?.zoomBy(1.6)}
        >
          <Icon name="plus" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Zoom out"
          onClick={() => scatter.current?.zoomBy(1 / 1.6)}
        >
          <Icon name="minus" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Show the whole map"
          onClick={() => scatter.current?.whole()}
        >
          <Icon name="whole" />
        </button>
      </div>
    </div>
  );
}

function schemeColors() {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(name).trim();
  return {
    points: inks(),
    text: value('--text'),
    page: value('--panel'),
    accent: value('--accent'),
  };
}
