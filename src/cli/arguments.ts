import { ArgumentError, quote } from '../errors.js';

/**
 * A commander parser for an integer flag.
 *
 * @throws ArgumentError (from the parser) with the flag, the value and the range
 */
export function integerArgument(flag: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < low || value > high) {
      throw new ArgumentError(`${flag} is ${quote(text)}; give an integer from ${low} to ${high}.`);
    }
    return value;
  };
}

/** The same for any finite number, in decimal. */
export function numberArgument(flag: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || value < low || value > high) {
      throw new ArgumentError(`${flag} is ${quote(text)}; give a number from ${low} to ${high}.`);
    }
    return value;
  };
}

/**
 * A commander parser for a flag that must say something: an empty value is an unset variable of a script.
 *
 * @param what - what to give, such as `a folder`
 */
export function textArgument(flag: string, what: string): (text: string) => string {
  return (text) => {
    if (text === '') throw new ArgumentError(`${flag} is empty; give ${what}.`);
    return text;
  };
}
