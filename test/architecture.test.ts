/** The plan of the rooms: who may import whom, and how large folders and files may be. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = resolve(dirname(fileURLToPath(import.meta.url)), '../src');

/** The explorer page: it knows the HTTP interface alone, and the packages that are bundled with it. */
const web = resolve(src, '../web/src');
const webPackages =
  /^(preact|@preact\/signals|d3-(quadtree|scale|selection|shape|transition|zoom))(\/|$)/;

/** What every room may import; `html` is the template tag of reports (eval) and of served pages (api). */
const leaf = [
  'errors',
  'optional-packages',
  'remedies',
  'random',
  'version',
  'config',
  'html',
  'storage',
];

/** Which rooms a room may import; `a/b` allows that file or folder alone. Mend it only with a reason. */
const mayImport: Record<string, readonly string[]> = {
  data: [],
  backend: ['data/click-matrix'],
  runs: ['data'],
  model: ['data', 'backend', 'runs'],
  // The report's map and the served one are one projection, of plain arrays.
  eval: ['data', 'model/recommender', 'model/projection', 'runs'],
  serving: ['data', 'model', 'runs'],
  home: ['data', 'backend', 'model', 'runs', 'eval', 'serving'],
  // A definition of an id, a time and an item, the same at every door.
  api: ['serving', 'home', 'data/ids', 'data/time', 'data/items/item-description'],
  cli: ['home', 'api'],
  index: ['data', 'backend', 'model', 'runs', 'eval', 'serving', 'home', 'api'],
};

/** Rooms of which a room may import types alone. */
const mayImportTypes: Record<string, readonly string[]> = {
  api: ['runs', 'data'],
  // Displays print records whose types belong to these rooms; passing them on through home would be a barrel.
  cli: ['data', 'backend', 'model', 'runs', 'eval', 'serving'],
};

/** Packages that only some folders may know. */
const packageHomes: readonly { package: RegExp; folders: readonly string[] }[] = [
  { package: /^better-sqlite3/, folders: ['data/store/sqlite', 'storage/sqlite'] },
  { package: /^pg(-|\/|$)/, folders: ['data/store/postgres'] },
  { package: /^umap-js/, folders: ['model/map'] },
  { package: /^@tensorflow\//, folders: ['backend', 'model'] },
  { package: /^(hyparquet|@duckdb)/, folders: ['data/files/parquet'] },
  { package: /^(express|helmet|prom-client)/, folders: ['api'] },
  { package: /^(@express-rate-limit|rate-limit-redis|redis)/, folders: ['api/gate/rates'] },
  { package: /^(commander|cli-progress|cli-table3)/, folders: ['cli'] },
  { package: /^(@observablehq\/plot|linkedom)/, folders: ['eval/html'] },
];

/** How many files a folder may hold, its tests not counted. */
const maxFiles = 16;
/** How many lines a file of `src` may have. */
const maxLines = 300;

interface SourceFile {
  /** Relative to src, without `.ts`. */
  readonly name: string;
  readonly text: string;
  readonly imports: readonly string[];
  /** Those that bring types alone. */
  readonly typeImports: ReadonlySet<string>;
}

const files = sourcesOf(src);

function sourcesOf(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts'))
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8');
      return sourceFile(path.replace(/\.tsx?$/, ''), text);
    });
}

function sourceFile(name: string, text: string): SourceFile {
  const imports = importsOf(text);
  const values = new Set(importsOf(withoutTypeImports(text)));
  return { name, text, imports, typeImports: new Set(imports.filter((to) => !values.has(to))) };
}

/** The text without `import type …`, `export type … from …` and lists in which every name is a type. */
function withoutTypeImports(text: string): string {
  return text
    .replace(/^(?:import|export) type [^;]*;/gm, '')
    .replace(/^(?:import|export) \{(?:\s*type [^,}]*,?)+\s*\} from [^;]*;/gm, '');
}

/** Static, type-only, re-exporting, dynamic and `typeof import()` imports alike. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const pattern =
    /(?:^|[\n;}])\s*(?:import|export)\b[^;'"()]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(pattern)].map((m) => (m[1] ?? m[2] ?? m[3] ?? m[4])!);
}

/** The databases; all else speaks to the store that `data/store/open` gives. */
const databases = ['data/store/sqlite', 'data/store/postgres'];

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
    const database = databases.find((folder) => `${to}/`.startsWith(`${folder}/`));
    if (database !== undefined && !`${file.name}/`.startsWith(`${database}/`)) {
      return file.name === 'data/store/open' ? [] : [`${file.name} imports ${to}`];
    }
    if (to === 'index') return [`${file.name} imports index`];
    if (leaf.includes(roomOf(to)) || roomOf(to) === room) return [];
    if (leaf.includes(room)) return [`${file.name} is a leaf and imports ${to}`];
    const isUnder = (rule: string) => `${to}/`.startsWith(`${rule}/`);
    if ((mayImport[room] ?? []).some(isUnder)) return [];
    const types = file.typeImports.has(specifier) ? (mayImportTypes[room] ?? []) : [];
    return types.some(isUnder) ? [] : [`${file.name} imports ${to}`];
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
    expect(files.find((file) => file.name === 'data/split/users')?.imports).toContain('../ids.js');
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
    const stranger = (text: string) => strangers(sourceFile('views/x', text));
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

  it('keeps the command line out of the benchmarks', () => {
    const bench = resolve(src, '../bench');
    const offenders = sourcesOf(bench).flatMap((file) =>
      file.imports
        .filter((specifier) => leadsInto(join(src, 'cli'), join(bench, file.name), specifier))
        .map((specifier) => `bench/${file.name} imports ${specifier}`),
    );
    expect(offenders).toEqual([]);
  });

  it(`holds no folder of more than ${maxFiles} files and no file of src of more than ${maxLines} lines`, () => {
    const root = resolve(src, '..');
    const folders = new Map<string, number>();
    for (const room of ['src', 'web', 'bench', 'native', 'scripts', 'docs', 'examples']) {
      for (const path of readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })) {
        if (/(^|\/)(dist|build|node_modules)(\/|$)|\.test\.ts$/.test(path)) continue;
        if (statSync(join(root, room, path)).isDirectory()) continue;
        const folder = dirname(join(room, path));
        folders.set(folder, (folders.get(folder) ?? 0) + 1);
      }
    }
    // Lists in themselves: a command each, and a page each, which docs/README.md puts in order.
    for (const list of ['src/cli/commands', 'docs']) folders.delete(list);
    expect([...folders].filter(([, count]) => count > maxFiles)).toEqual([]);
    const long = files.filter(({ text }) => text.trimEnd().split('\n').length > maxLines);
    expect(long.map(({ name }) => name)).toEqual([]);
  });

  it('would notice a forbidden arrow and a circle', () => {
    const file = sourceFile;
    expect(
      violations(file('data/x', `import type { M } from '../model/recommender.js';`)),
    ).toHaveLength(1);
    expect(
      violations(file('data/import', `import { open } from './store/sqlite/open.js';`)),
    ).toHaveLength(1);
    expect(
      violations(file('data/store/postgres/x', `import { a } from '../sqlite/schema.js';`)),
    ).toHaveLength(1);
    expect(
      violations(file('data/store/open', `const m = await import('./sqlite/open.js');`)),
    ).toEqual([]);
    expect(violations(file('api/x', `export { tf } from '@tensorflow/tfjs';`))).toHaveLength(1);
    expect(
      violations(file('api/x', `import type { StoredRun } from '../runs/format.js';`)),
    ).toEqual([]);
    expect(violations(file('api/x', `import { RunStore } from '../runs/store.js';`))).toHaveLength(
      1,
    );
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
