/** A dot that was drawn once, to be copied wherever it is wanted. */
export interface Sprite {
  readonly picture: HTMLCanvasElement;
  /** Half its width on the page. */
  readonly half: number;
}

/** Draws a dot with a thin edge in the colour of what lies behind it. @param ratio - of the screen's pixels to the page's */
export function drawSprite(radius: number, color: string, page: string, ratio: number): Sprite {
  const picture = document.createElement('canvas');
  const size = Math.ceil((2 * radius + 2) * ratio);
  picture.width = size;
  picture.height = size;
  const context = picture.getContext('2d')!;
  context.beginPath();
  context.arc(size / 2, size / 2, radius * ratio, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  context.strokeStyle = page;
  context.lineWidth = 0.75 * ratio;
  context.stroke();
  return { picture, half: size / ratio / 2 };
}
