import { backendNames, type Engine } from '../../src/backend/engine.js';
import { loadNativeKernels } from '../../src/backend/native/addon.js';
import { openEngine } from '../../src/backend/select.js';

/** A backend that computes here; `native` is one for each instruction set of the machine. */
export interface LoadableBackend {
  readonly label: string;
  /** Makes it the one that computes. */
  open(): Promise<Engine>;
}

/** The backends that compute here; says of the others why they are skipped. */
export async function loadableBackends(): Promise<LoadableBackend[]> {
  const loadable: LoadableBackend[] = [];
  for (const name of backendNames) {
    try {
      const engine: Engine = await openEngine(name);
      console.info(`backend ${name}: ${engine.version} on the ${engine.device}`);
    } catch (error) {
      console.info(`backend ${name}: skipped, ${(error as Error).message}`);
      continue;
    }
    if (name === 'native') {
      loadable.push(...nativeBackends());
    } else {
      loadable.push({ label: name, open: () => openEngine(name) });
    }
  }
  return loadable;
}

function nativeBackends(): LoadableBackend[] {
  const kernels = loadNativeKernels();
  return kernels.info().isas.map((isa) => ({
    label: `native (${isa})`,
    open: () => {
      kernels.setIsa(isa);
      return openEngine('native');
    },
  }));
}
