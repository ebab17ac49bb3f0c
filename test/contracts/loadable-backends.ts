import { type BackendName, backendNames, type Engine } from '../../src/backend/engine.js';
import { openEngine } from '../../src/backend/select.js';

/** The backends that compute here; says of the others why they are skipped. */
export async function loadableBackends(): Promise<BackendName[]> {
  const loadable: BackendName[] = [];
  for (const name of backendNames) {
    try {
      const engine: Engine = await openEngine(name);
      console.info(`backend ${name}: ${engine.version} on the ${engine.device}`);
      loadable.push(name);
    } catch (error) {
      console.info(`backend ${name}: skipped, ${(error as Error).message}`);
    }
  }
  return loadable;
}
