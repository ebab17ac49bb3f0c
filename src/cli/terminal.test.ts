/** What reaches the terminal: foreign text as text, tables in columns, data unchanged. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  note,
  noteLines,
  print,
  printExact,
  startProgress,
  table,
  withHome,
  writeOutput,
} from './terminal.js';

/** Sets the title of a window, clears the screen, turns the direction, rings, begins a line of its own. */
const attack = '\x1b]0;owned\x07\x1b[2J\x9b31m\u202etxt.exe\u2066\r\nrm -rf';
const shown = '\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\u202etxt.exe\\u2066\\r\\nrm -rf';
/** What a terminal acts upon; line breaks of this program stay. */
const commands = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

let out: string;
let err: string;

beforeEach(() => {
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

/** Makes a stream a terminal or none, for the tests of a block. */
function terminal(stream: NodeJS.WriteStream): (isTTY: boolean) => void {
  const before = Object.getOwnPropertyDescriptor(stream, 'isTTY');
  afterEach(() => {
    Reflect.deleteProperty(stream, 'isTTY');
    if (before !== undefined) Object.defineProperty(stream, 'isTTY', before);
  });
  return (value) => Object.defineProperty(stream, 'isTTY', { value, configurable: true });
}

describe('foreign text', () => {
  it('is one line of text in a remark', () => {
    note(`run ${attack} is bad`);
    expect(err).toBe(`run ${shown} is bad\n`);
  });

  it('keeps the lines of this program in results and stack traces', () => {
    print('one\ntwo\x1b[1m');
    noteLines('Error: \x07\n    at file');
    expect(out).toBe('one\ntwo\\u001b[1m\n');
    expect(err).toBe('Error: \\u0007\n    at file\n');
  });

  it('stays in its cell of a table', () => {
    const text = table(
      ['title', 'n'],
      [
        [attack, '1'],
        ['plain', '22'],
      ],
    );
    expect(text.split('\n')).toEqual([
      `${'title'.padEnd(shown.length)}   n`,
      `${shown}   1`,
      `${'plain'.padEnd(shown.length)}  22`,
    ]);
  });

  it('leaves JSON what it was', () => {
    const value = { title: attack, lone: '\ud800', plain: 'é 神隠し 👩‍🚀' };
    print(JSON.stringify(value));
    expect(out.trimEnd()).not.toMatch(commands);
    expect(JSON.parse(out)).toEqual(value);
    expect(out).toContain('é 神隠し 👩‍🚀');
    out = '';
    print(JSON.stringify(value, null, 2));
    expect(JSON.parse(out)).toEqual(value);
  });
});

describe('writeOutput', () => {
  it.each(['-', '/dev/stdout', '/dev/fd/1'])('writes to standard output for %s', (path) => {
    writeOutput('--json', path, '{"a":1}\n');
    expect([out, err]).toEqual(['{"a":1}\n', '']);
  });
});

describe('printExact', () => {
  const set = terminal(process.stdout);

  it.each([
    [false, 'u,"a\x1b[1m"\n'],
    [true, 'u,"a\\u001b[1m"\n'],
  ])('changes data on a terminal alone: %s', (value, expected) => {
    set(value);
    printExact('u,"a\x1b[1m"');
    expect(out).toBe(expected);
  });
});

describe('startProgress', () => {
  const set = terminal(process.stderr);
  afterEach(() => vi.useRealTimers());

  it('shows foreign text in a line of a log', () => {
    set(false);
    vi.useFakeTimers();
    const progress = startProgress(`fetch ${attack}`, 10, 'kB');
    vi.advanceTimersByTime(2001);
    progress.update(5, attack);
    progress.stop();
    expect(err).toBe(`fetch ${shown}: 5 of 10 (50 %) kB, ${shown}\n`);
  });

  it('shows foreign text beside a bar', () => {
    set(true);
    const progress = startProgress('fetch {value}\x1b]0;owned\x07', 10, 'kB');
    progress.update(5, 'row \x9b31m');
    progress.stop();
    expect(err).toContain('fetch {value}\\u001b]0;owned\\u0007 ');
    expect(err).toContain('row \\u009b31m');
    for (const raw of ['owned\x07', '\x9b31m']) expect(err).not.toContain(raw);
  });
});

describe('table', () => {
  it('counts a wide character as two columns, and an accent as none', () => {
    const rows = [
      ['千と千尋', '1'],
      ['e\u0301te\u0301', '22'],
      ['👍', '3'],
    ];
    expect(table(['title', 'n'], rows).split('\n')).toEqual([
      'title      n',
      '千と千尋   1',
      'e\u0301te\u0301       22',
      '👍         3',
    ]);
  });

  it('aligns numbers right and text left', () => {
    expect(
      table(
        ['a', 'b', 'why'],
        [
          ['x', '10', 'long'],
          ['yy', '1', 's'],
        ],
        ['why'],
      ),
    ).toBe('a    b  why\nx   10  long\nyy   1  s');
  });
});

describe('withHome', () => {
  it('adds the home to each command of a message that lacks one', () => {
    const message = 'Use `multvae runs`, `multvae activate RUN` or `npm rebuild x`.';
    expect(withHome(message, '.multvae')).toBe(message);
    expect(withHome(message, '/my home')).toBe(
      "Use `multvae runs --home '/my home'`, `multvae activate RUN --home '/my home'` or `npm rebuild x`.",
    );
    for (const whole of [
      '`multvae train --home x`',
      '`multvae serve --help`',
      '`multvae generate`',
    ])
      expect(withHome(whole, 'y')).toBe(whole);
  });
});
