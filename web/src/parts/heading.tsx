/** The heading of a view, with its tools. */

import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Breakable } from './id-text.js';

interface HeadingProps {
  /** The name of the view; the window's title shows it too. */
  readonly title: string;
  readonly children?: ComponentChildren;
  /** Stands before the title. */
  readonly picture?: ComponentChildren;
  /** Search fields and buttons, at the right where there is room. */
  readonly tools?: ComponentChildren;
}

/** The heading of a view. It takes the focus when the reader arrives. */
export function Heading({ title, children, picture, tools }: HeadingProps) {
  useEffect(() => {
    document.title = `${title} · multvae explorer`;
  }, [title]);
  return (
    <div class="heading">
      {picture}
      <div>
        <h1 tabIndex={-1}>
          <Breakable text={title} />
        </h1>
        {children}
      </div>
      {tools && <div class="tools">{tools}</div>}
    </div>
  );
}
