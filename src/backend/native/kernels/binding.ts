/** The functions of the addon as JavaScript sees them, without types. */

/** The addon checks every argument and throws an Error with the code `E_NATIVE_ARGUMENT`. */

export type Binding = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** The shape of a row-major matrix. */
export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
}
