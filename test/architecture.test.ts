import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = resolve(dirname(fileURLToPath(import.meta.url)), '../src');

/** The explorer page: it knows the HTTP interface alone, and the packages that are bundled with it. */
const web = resolve(src, '../web/src');
const webPackages =
  /^(preact|@preact\/signals|d3-(quadtree|scale|selection|shape|transition|zoom))(\/|$)/;

/** Files at the top of src that every room may import. */
const leaf = ['errors', 'random', 'config', 'package-version'];

/** Which rooms a room may import; `a/b` allows that one file. Mend it only with a reason. */
const mayImport: Record<string, readonly string[]> = {
  data: [],
  backend: ['data/click-matrix'],
  runs: ['data'],
  model: ['data', 'backend', 'runs'],
  // The report's map and the served one are one projection, of plain arrays.
  eval: ['data', 'model/recommender', 'model/projection', 'runs'],
  api: ['data', 'model', 'runs'],
  cli: ['data', 'backend', 'model', 'runs', 'eval', 'api'],
  index: ['data', 'backend', 'model', 'runs', 'eval', 'api'],
};

/** Packages that only some folders may know. */
const packageHomes: readonly { package: RegExp; folders: readonly string[] }[] = [
  { package: /^better-sqlite3/, folders: ['data/database'] },
  { package: /^@tensorflow\//, folders: ['backend', 'model'] },
  { package: /^(express|helmet|prom-client)/, folders: ['api'] },
  { package: /^(commander|cli-progress|cli-table3)/, folders: ['cli'] },
  { package: /^(@observablehq\/plot|linkedom)/, folders: ['eval/html'] },
];

interface SourceFile {
  /** Relative to src, without `.ts`. */
  readonly name: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files = sourcesOf(src);

function sourcesOf(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts'))
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8');
      return { name: path.replace(/\.tsx?$/, ''), text, imports: importsOf(text) };
    });
}

/** Static, type-only, re-exporting, dynamic and `typeof import()` imports alike. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const pattern =
    /(?:^|[\n;}])\s*(?:import|export)\b[^;'"()]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(pattern)].map((m) => (m[1] ?? m[2] ?? m[3] ?? m[4])!);
}

const roomOf = (name: string) => name.split('/')[0]!;

/** The file inside src that a relative import names, or null for a package. */
function target(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const path = relative(src, resolve(src, dirname(from), specifier));
  return path.startsWith('..') ? null : path.replace(/\.js$/, '');
}

function violations(file: SourceFile): string[] {
  const room = roomOf(file.name);
  return file.imports.flatMap((specifier) => {
    const to = target(file.name, specifier);
    if (to === null) {
      const home = packageHomes.find((rule) => rule.package.test(specifier));
      const allowed =
        !home || home.folders.some((folder) => `${file.name}/`.startsWith(`${folder}/`));
      return allowed ? [] : [`${file.name} imports the package ${specifier}`];
    }
    if (to === 'index') return [`${file.name} imports index`];
    if (leaf.includes(to) || roomOf(to) === room) return [];
    if (leaf.includes(file.name)) return [`${file.name} is a leaf and imports ${to}`];
    const allowed = (mayImport[room] ?? []).some((rule) => to === rule || roomOf(to) === rule);
    return allowed ? [] : [`${file.name} imports ${to}`];
  });
}

/** Whether an import ends up in a folder. */
function leadsInto(folder: string, from: string, specifier: string): boolean {
  return (
    specifier.startsWith('.') &&
    !relative(folder, resolve(dirname(from), specifier)).startsWith('..')
  );
}

/** What a file of the page imports that is neither the page's nor bundled with it. */
function strangers(file: SourceFile): string[] {
  return file.imports
    .filter((specifier) =>
      specifier.startsWith('.')
        ? !leadsInto(web, join(web, file.name), specifier)
        : !webPackages.test(specifier),
    )
    .map((specifier) => `web/${file.name} imports ${specifier}`);
}

/** The first circle of imports that is found, as a list of files. */
function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (name: string, path: string[]): string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return null;
    for (const next of graph.get(name) ?? []) {
      const circle = visit(next, [...path, name]);
      if (circle) return circle;
    }
    done.add(name);
    return null;
  };
  for (const name of graph.keys()) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return null;
}

describe('the room plan', () => {
  it('reads the imports of every room', () => {
    const rooms = new Set(files.map((file) => roomOf(file.name)));
    for (const room of Object.keys(mayImport)) expect(rooms).toContain(room);
    expect(files.find((file) => file.name === 'data/split')?.imports).toContain('./ids.js');
  });

  it('has no arrow that it does not allow', () => {
    expect(files.flatMap(violations)).toEqual([]);
  });

  it('has no circle', () => {
    const graph = new Map(
      files.map((file) => [
        file.name,
        file.imports.flatMap((specifier) => target(file.name, specifier) ?? []),
      ]),
    );
    expect(findCircle(graph)).toBeNull();
  });

  it('keeps src and web apart: they speak HTTP', () => {
    const outside = files.flatMap((file) =>
      file.imports
        .filter((specifier) => leadsInto(web, join(src, file.name), specifier))
        .map((specifier) => `${file.name} imports ${specifier}`),
    );
    expect(outside).toEqual([]);
    const pages = sourcesOf(web);
    expect(pages.map(({ name }) => name)).toContain('app');
    expect(pages.flatMap(strangers)).toEqual([]);
    const stranger = (text: string) =>
      strangers({ name: 'views/x', text, imports: importsOf(text) });
    expect(stranger(`import type { RunStore } from '../../../src/runs/store.js';`)).toHaveLength(1);
    expect(stranger(`import { z } from 'zod';`)).toHaveLength(1);
    expect(stranger(`import { signal } from '@preact/signals';`)).toEqual([]);
  });

  it('prints and exits in the command line alone', () => {
    const offenders = files
      .filter((file) => roomOf(file.name) !== 'cli')
      .filter((file) => /\bconsole\.(log|error|info)\(|process\.(exit|exitCode)\b/.test(file.text))
      .map((file) => file.name);
    expect(offenders).toEqual([]);
  });

  it('would notice a forbidden arrow and a circle', () => {
    const file = (name: string, text: string) => ({ name, text, imports: importsOf(text) });
    expect(
      violations(file('data/x', `import type { M } from '../model/recommender.js';`)),
    ).toHaveLength(1);
    expect(violations(file('api/x', `export { tf } from '@tensorflow/tfjs';`))).toHaveLength(1);
    expect(
      violations(file('eval/x', `const m = await import('../model/trainer.js');`)),
    ).toHaveLength(1);
    expect(violations(file('eval/x', `import {\n  a,\n} from '../model/recommender.js';`))).toEqual(
      [],
    );
    expect(
      findCircle(
        new Map([
          ['a', ['b']],
          ['b', ['a']],
        ]),
      ),
    ).toEqual(['a', 'b', 'a']);
  });
});
