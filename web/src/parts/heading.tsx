import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface HeadingProps {
  /** The name of the view, also in the title of the window. */
  readonly title: string;
  readonly children?: ComponentChildren;
  /** Set off at the right where there is room: what one searches for or does here. */
  readonly tools?: ComponentChildren;
}

/** The head of a view; takes the focus when the reader arrives. */
export function Heading({ title, children, tools }: HeadingProps) {
  useEffect(() => {
    document.title = `${title} · multvae explorer`;
  }, [title]);
  return (
    <div class="heading">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {children}
      </div>
      {tools && <div class="tools">{tools}</div>}
    </div>
  );
}
