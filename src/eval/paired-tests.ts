/** Tests of two models on the same users: the paired t-test, and the sign test. */

/**
 * Two-sided p-value of a paired t-test: the probability of a mean difference at least this far from 0, if the true mean
 * difference is 0.
 *
 *   t = d̄ / (s / √n),   s² = Σ (d − d̄)² / (n − 1),   p = P(|T| ≥ |t|) with n − 1 degrees of freedom
 *
 * @param differences - one a user
 * @returns 1 when all differences are 0, or there is only one user; 0 when all differences are equal and not 0
 * @source Student 1908. Of the tests in retrieval experiments, Urbano, Lima & Hanjalic (SIGIR 2019) recommend it.
 */
export function pairedTTest(differences: Float64Array): number {
  const n = differences.length;
  if (n < 2 || differences.every((d) => d === 0)) return 1;
  // About the first one, so that equal differences have exactly their mean, whatever their number.
  const [first = 0] = differences;
  const mean = first + differences.reduce((sum, d) => sum + (d - first), 0) / n;
  const squares = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0);
  // Two metrics that differ by the same amount for every user: each subtraction rounds.
  if (squares <= n * (mean * Number.EPSILON) ** 2) return 0;
  const t2 = mean ** 2 / (squares / (n - 1) / n);
  const freedom = n - 1;
  return incompleteBeta(freedom / 2, 0.5, freedom / (freedom + t2));
}

/**
 * Two-sided p-value of the exact sign test, which for a metric of 0 and 1 is McNemar's exact test: the probability of a
 * split of the differing users at least this uneven, if each of them were as likely to fall on either side.
 *
 *   n = ahead + behind,   p = 2 · P(X ≤ min(ahead, behind)),   X ~ Binomial(n, 1/2)
 *
 * @param ahead - users for whom the first model is better
 * @param behind - users for whom the second one is
 * @returns at most 1; 1 where no user differs
 * @source McNemar 1947; with the binomial distribution as an incomplete beta function, DLMF 8.17.5
 */
export function signTest(ahead: number, behind: number): number {
  const fewer = Math.min(ahead, behind);
  const more = Math.max(ahead, behind);
  if (fewer === more) return 1;
  return Math.min(1, 2 * incompleteBeta(more, fewer + 1, 0.5));
}

/**
 * The regularized incomplete beta function I_x(a, b), by the continued fraction DLMF 8.17.22 and Lentz's method.
 *
 * @param x - in [0, 1]
 */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges quickly on this side of the mean, and I_x(a, b) = 1 − I_{1−x}(b, a).
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const logFront =
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  const tiny = 1e-300;
  const nonZero = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (Math.exp(logFront) * fraction) / a;
}

/** log Γ(x) for x > 0, by Stirling's series (DLMF 5.11.1). A small x is first shifted to where the series is exact. */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 15; y++) shift += Math.log(y);
  const r = 1 / (y * y);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / y;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
