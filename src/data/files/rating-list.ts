/** Ratings by column, with indices instead of ids: compact enough for millions of them. */
export class RatingList {
  /** The number of ratings. Array entries beyond it mean nothing. */
  count = 0;
  users = new Int32Array(1024);
  items = new Int32Array(1024);
  /** NaN where there is no rating. */
  ratings = new Float64Array(1024);
  /** Seconds since 1970; NaN where there is none. */
  timestamps = new Float64Array(1024);
  /** Null where no row has a weight, which is nearly always; else one a row, NaN where there is none. */
  weights: Float64Array | null = null;

  push(user: number, item: number, rating: number, timestamp: number): void {
    if (this.count === this.users.length) this.#grow(2 * this.count);
    const at = this.count++;
    this.users[at] = user;
    this.items[at] = item;
    this.ratings[at] = rating;
    this.timestamps[at] = timestamp;
    if (this.weights !== null) this.weights[at] = Number.NaN;
  }

  /** Gives the last rating a weight. */
  weigh(weight: number): void {
    this.weights ??= new Float64Array(this.users.length).fill(Number.NaN);
    this.weights[this.count - 1] = weight;
  }

  /** Gives a weight to each rating that has none. */
  weighRest(weight: number): void {
    this.weights ??= new Float64Array(this.users.length).fill(Number.NaN);
    for (let k = 0; k < this.count; k++) {
      if (Number.isNaN(this.weights[k]!)) this.weights[k] = weight;
    }
  }

  /** Adds another list's ratings after its own. */
  append(list: RatingList): void {
    const { count } = list;
    if (this.count + count > this.users.length) {
      this.#grow(Math.max(2 * this.users.length, this.count + count));
    }
    this.users.set(list.users.subarray(0, count), this.count);
    this.items.set(list.items.subarray(0, count), this.count);
    this.ratings.set(list.ratings.subarray(0, count), this.count);
    this.timestamps.set(list.timestamps.subarray(0, count), this.count);
    if (list.weights !== null || this.weights !== null) {
      this.weights ??= new Float64Array(this.users.length).fill(Number.NaN);
      if (list.weights === null) this.weights.fill(Number.NaN, this.count, this.count + count);
      else this.weights.set(list.weights.subarray(0, count), this.count);
    }
    this.count += count;
  }

  clear(): void {
    this.count = 0;
  }

  #grow(capacity: number): void {
    const { users, items, ratings, timestamps, weights } = this;
    this.users = new Int32Array(capacity);
    this.items = new Int32Array(capacity);
    this.ratings = new Float64Array(capacity);
    this.timestamps = new Float64Array(capacity);
    this.users.set(users);
    this.items.set(items);
    this.ratings.set(ratings);
    this.timestamps.set(timestamps);
    if (weights === null) return;
    this.weights = new Float64Array(capacity);
    this.weights.set(weights);
  }
}

/** Sorts row numbers by user, stably: the rows of user u are `rows[starts[u]..starts[u + 1])`. */
export function rowsByUser(
  list: RatingList,
  userCount: number,
): { starts: Int32Array; rows: Int32Array } {
  const starts = new Int32Array(userCount + 2);
  for (let k = 0; k < list.count; k++) starts[list.users[k]! + 2]!++;
  for (let user = 2; user < starts.length; user++) starts[user]! += starts[user - 1]!;
  const rows = new Int32Array(list.count);
  // Starts are shifted by one entry: while rows are placed, each start moves to the end of its user.
  for (let k = 0; k < list.count; k++) rows[starts[list.users[k]! + 1]!++] = k;
  return { starts, rows };
}
