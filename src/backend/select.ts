/** The choice of a backend. */

import { ArgumentError, BackendError } from '../errors.js';
import { isOptionalThere } from '../optional-packages.js';
import { type BackendName, backendNames, type Engine, oneLine } from './engine.js';
import { loadCpu, loadWasm } from './javascript.js';
import { checkInstructionSet } from './native/instruction-set.js';
import { isTensorflowInstalled, loadTensorflow } from './tensorflow.js';
import { loadWebgpu } from './webgpu/engine.js';

const loaders: Readonly<Record<BackendName, () => Promise<Engine>>> = {
  tensorflow: loadTensorflow,
  webgpu: loadWebgpu,
  // Imported on demand, because it loads TensorFlow.js.
  native: async () => (await import('./native/engine.js')).loadNative(),
  wasm: loadWasm,
  cpu: loadCpu,
};

/** The order of choice. An entry with a device counts only when the backend runs on that device. */
const preferences: readonly { readonly name: BackendName; readonly device?: 'gpu' }[] = [
  { name: 'tensorflow', device: 'gpu' },
  { name: 'webgpu', device: 'gpu' },
  { name: 'native' },
  { name: 'tensorflow' },
  { name: 'wasm' },
  { name: 'cpu' },
];

/** How a backend computes. */
export interface EngineOptions {
  /** Threads of `native`, 1 to 256. Default: all cores, or the container's quota of them. */
  readonly threads?: number;
  /** Told why a faster backend does not compute here. Default: nobody is told. */
  readonly onRemark?: (text: string) => void;
}

/** One backend as `multvae doctor` shows it. */
export interface BackendReport {
  readonly name: BackendName;
  readonly found: boolean;
  readonly version: string | null;
  readonly device: 'gpu' | 'cpu' | null;
  readonly chosen: boolean;
  /** Why it is not found, or not chosen; null for the chosen one. */
  readonly why: string | null;
}

type Probe =
  | { readonly engine: Engine }
  | { readonly why: string; readonly refused: ArgumentError | null };

/** Loading is slow and global, so a process tries each backend once. */
const probes = new Map<BackendName, Promise<Probe>>();

function probe(name: BackendName): Promise<Probe> {
  const known = probes.get(name);
  if (known) return known;
  const started = loaders[name]().then(
    (engine) => ({ engine }),
    (error: unknown) => ({
      why: oneLine(error),
      refused: error instanceof ArgumentError ? error : null,
    }),
  );
  probes.set(name, started);
  return started;
}

/** Checks the value of `--backend`. @throws ArgumentError when there is no such backend */
export function parseBackendName(text: string): BackendName {
  const name = backendNames.find((known) => known === text);
  if (name) return name;
  throw new ArgumentError(`--backend is "${text}"; it must be one of ${backendNames.join(', ')}`);
}

/**
 * Opens a backend and makes it the current one: TensorFlow with a GPU, else WebGPU with a GPU, else this
 * package's own, else TensorFlow on the CPU, else WebAssembly, else JavaScript. Loads nothing beyond the
 * choice.
 *
 * TensorFlow.js has one current backend a process. Opening another one later replaces it; tensors must not
 * move from one to the other.
 *
 * @param name - forces a backend
 * @throws BackendError with the reason when the named one cannot compute here
 * @throws ArgumentError when `$MULTVAE_ISA` names no instruction set, or one that this processor lacks
 */
export async function openEngine(
  name?: BackendName,
  { threads, onRemark }: EngineOptions = {},
): Promise<Engine> {
  checkInstructionSet();
  const engine = await findEngine(name);
  await activate(engine);
  if (name === undefined) for (const text of await missed(engine)) onRemark?.(text);
  if (threads !== undefined) engine.setThreads?.(threads);
  return engine;
}

/**
 * The backend that a thread beside this one should open, or null when this thread has to compute. TensorFlow's
 * addon crashes the process when a thread that loaded it ends. So where it is installed, this thread finds
 * out whether it is chosen, and then computes itself.
 *
 * @param name - forces a backend
 * @returns `name` is undefined where the thread may choose for itself
 */
export async function backendForThread(
  name?: BackendName,
): Promise<{ readonly name: BackendName | undefined } | null> {
  if (name === 'tensorflow') return null;
  if (name !== undefined || !isTensorflowInstalled()) return { name };
  const engine = await findEngine();
  return engine.name === 'tensorflow' ? null : { name: engine.name };
}

async function findEngine(name?: BackendName): Promise<Engine> {
  if (name !== undefined) {
    const result = await probe(name);
    if ('why' in result) {
      if (result.refused !== null) throw result.refused;
      throw new BackendError(
        `the backend ${name} cannot compute here: ${result.why}. \`multvae doctor\` lists what can.`,
      );
    }
    return result.engine;
  }
  const engine = await choose();
  if (engine === null) throw new BackendError('no backend computes here; see `multvae doctor`');
  return engine;
}

async function choose(): Promise<Engine | null> {
  for (const preference of preferences) {
    const result = await probe(preference.name);
    if ('why' in result) {
      // Another backend would compute, many times slower, and nobody would know why.
      if (result.refused !== null) throw result.refused;
      continue;
    }
    if (preference.device === undefined || preference.device === result.engine.device) {
      return result.engine;
    }
  }
  return null;
}

/** What to tell of the backends that were tried before the chosen one and that somebody expects to compute. */
async function missed(chosen: Engine): Promise<string[]> {
  const remarks = new Map<BackendName, string>();
  for (const { name } of preferences) {
    if (name === chosen.name) break;
    const result = await probe(name);
    if ('why' in result && isExpected(name)) {
      const slower = name === 'native' ? ', which is many times slower' : '';
      remarks.set(
        name,
        `computing on ${chosen.name}${slower}, as ${name} does not load: ${result.why}`,
      );
    }
  }
  return [...remarks.values()];
}

/** Whether a backend comes with this package, or its package was installed by choice. */
function isExpected(name: BackendName): boolean {
  if (name === 'tensorflow') return isTensorflowInstalled();
  return name === 'webgpu' ? isOptionalThere('webgpu') : true;
}

async function activate({ tf, name }: Engine): Promise<void> {
  if (!(await tf.setBackend(name))) throw new BackendError(`the backend ${name} did not start`);
}

/** Loads every backend and reports each: its version, and whether it is chosen or why not. */
export async function surveyBackends(): Promise<BackendReport[]> {
  const chosen = await choose().catch((error: unknown) => {
    if (error instanceof ArgumentError) return null;
    throw error;
  });
  const reports: BackendReport[] = [];
  for (const name of backendNames) {
    const result = await probe(name);
    if ('why' in result) {
      const { why } = result;
      reports.push({ name, found: false, version: null, device: null, chosen: false, why });
    } else {
      const { version, device } = result.engine;
      const isChosen = result.engine === chosen;
      const why = isChosen ? null : reasonNotChosen(result.engine, chosen);
      reports.push({ name, found: true, version, device, chosen: isChosen, why });
    }
  }
  return reports;
}

function reasonNotChosen(engine: Engine, chosen: Engine | null): string {
  if (engine.name === 'webgpu' && engine.device === 'cpu') {
    return 'its adapter is a software one; --backend webgpu uses it all the same';
  }
  return `${chosen?.name ?? 'none'} comes first; --backend ${engine.name} uses it`;
}
