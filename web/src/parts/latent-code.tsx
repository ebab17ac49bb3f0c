/** A chart of a user's latent posterior. */

/** For each dimension, a bar from 0 to the mean and a band of one standard deviation. */
export function LatentCode({
  mean,
  spread,
}: {
  mean: readonly number[];
  spread: readonly number[];
}) {
  const width = 4;
  const height = 64;
  const scale = height / 2 / Math.max(1, ...mean.map((value, k) => Math.abs(value) + spread[k]!));
  const sure = spread.filter((value) => value < 0.5).length;
  return (
    <figure class="latent">
      <svg
        role="img"
        aria-label={`${mean.length} dimensions, ${sure} of them with a standard deviation below one half`}
        viewBox={`0 0 ${mean.length * width} ${height}`}
        preserveAspectRatio="none"
      >
        {mean.map((value, k) => {
          const middle = height / 2 - value * scale;
          const sd = spread[k]! * scale;
          return (
            <g key={k}>
              <rect
                class="spread"
                x={k * width + 1}
                width={width - 2}
                y={middle - sd}
                height={2 * sd}
              />
              <rect
                class={value < 0 ? 'below' : 'above'}
                x={k * width + 0.5}
                width={width - 1}
                y={Math.min(height / 2, middle)}
                height={Math.max(0.5, Math.abs(value * scale))}
              />
            </g>
          );
        })}
      </svg>
      <figcaption class="note">
        The model sums up this person in {mean.length} numbers. A solid bar shows the mean, and the
        pale band shows one standard deviation around it. Narrow bands are dimensions that the
        history settles; wide bands are still open.
      </figcaption>
    </figure>
  );
}
