/** The thread that computes: it loads one run and answers questions until it is ended. */

import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Engine } from '../../backend/engine.js';
import { openEngine } from '../../backend/select.js';
import { RunStore } from '../../runs/store.js';
import type { ItemEmbedding, Recommender } from '../recommender.js';
import { loadRecommender } from './load.js';
import {
  asClickMatrix,
  type InferenceSource,
  joinRows,
  type MethodCall,
  type ModelExtension,
  optionalMethods,
  plainError,
  type Question,
  type RankingCalls,
  type Report,
  type RunDetails,
  revive,
} from './protocol.js';

/**
 * Maximum rows of a batch. The answering thread works on one batch while the next is computed, so large batches would
 * make both threads wait. In f32, reading the weights takes so long that a batch must have more rows.
 */
const maxRows = (workerData as InferenceSource).precision === 'f32' ? 32 : 16;

const port = parentPort!;
const report = (message: Report, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer);

const allCores = availableParallelism();
/** Leaves one core to the thread that answers requests. */
const otherCores = Math.max(1, allCores - 1);
/** Sets how many threads compute, unless the source fixes their number. */
let setThreads: Engine['setThreads'];

/** What the opening of the backend has to tell. */
const remarks: string[] = [];

async function load(source: InferenceSource): Promise<{ run: RunDetails; model: Recommender }> {
  const { place, backend, threads, precision } = source;
  const { weights, ...run } = new RunStore(place.folder).load(source.run);
  const open = async () => {
    const engine = await openEngine(backend, {
      threads: threads ?? otherCores,
      onRemark: (text) => remarks.push(text),
    });
    if (threads === undefined) setThreads = engine.setThreads;
    return engine;
  };
  const model = await loadRecommender({ ...run, weights }, open, { precision });
  if (source.extension === undefined) return { run, model };
  const { extended } = (await import(source.extension)) as ModelExtension;
  return { run, model: extended(model, run, place) };
}

/** Questions not yet answered. All rankings at the head of the queue are computed in one batch. */
const waiting: Question[] = [];

function gather(): void {
  for (;;) {
    const next = receiveMessageOnPort(port) as { message: Question } | undefined;
    if (next === undefined) return;
    waiting.push(next.message);
  }
}

/** Takes the rankings at the head of the queue, at most a batch; null when another call comes first. */
function nextBatch(): RankingCalls | null {
  const taken: RankingCalls[] = [];
  let rows = 0;
  for (;;) {
    const first = waiting[0];
    if (first === undefined || !('rankings' in first)) break;
    const count = first.rankings.ids.length;
    if (rows > 0 && rows + count > maxRows) break;
    waiting.shift();
    taken.push(first.rankings);
    rows += count;
  }
  if (taken.length === 0) return null;
  return {
    ids: taken.flatMap(({ ids }) => ids),
    ns: taken.flatMap(({ ns }) => ns),
    rows: joinRows(taken.map(({ rows }) => rows)),
    mask: joinRows(taken.map(({ mask }) => mask)),
  };
}

async function rank(model: Recommender, { ids, ns, rows, mask }: RankingCalls): Promise<void> {
  const start = performance.now();
  try {
    const best = await model.topN(asClickMatrix(rows), Math.max(...ns), asClickMatrix(mask));
    const durationMs = performance.now() - start;
    const buffers = [best.items.buffer, best.scores.buffer] as ArrayBuffer[];
    report({ ranked: { ids, best, durationMs } }, buffers);
  } catch (error) {
    report({ error: plainError(error), ids });
  }
}

async function answer(model: Recommender, { id, method, args }: MethodCall): Promise<void> {
  try {
    const call = (model as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[
      method
    ]!;
    const value = await call.apply(model, args.map(revive));
    if (method !== 'itemVectors') return report({ id, value });
    // Transferred, not copied, because it is as large as the decoder. Its source is garbage of the same size.
    report({ id, value }, [(value as ItemEmbedding).vectors.buffer as ArrayBuffer]);
    collectGarbage();
  } catch (error) {
    report({ error: plainError(error), ids: [id] });
  }
}

/**
 * Frees the garbage of loading and unpacking, which is as large as the decoder. V8 hardly counts arrays outside its
 * heap, so on its own it would keep them for a long time.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

let isBusy = false;

async function work(model: Recommender): Promise<void> {
  if (isBusy) return;
  isBusy = true;
  for (gather(); waiting.length > 0; gather()) {
    const batch = nextBatch();
    // While a single request is computed, the answering thread is idle, so use its core too.
    const isAlone = batch?.ids.length === 1 && waiting.length === 0;
    setThreads?.(isAlone ? allCores : otherCores);
    if (batch !== null) {
      await rank(model, batch);
      continue;
    }
    const { call } = waiting.shift() as { call: MethodCall };
    const answered = answer(model, call);
    // Vectors can take seconds, and yield; what comes meanwhile is answered in between.
    if (call.method !== 'itemVectors') await answered;
  }
  isBusy = false;
}

try {
  const { run, model } = await load(workerData as InferenceSource);
  collectGarbage();
  const methods = optionalMethods.filter((method) => method in model);
  report({ opened: { run, model: model.model, itemCount: model.itemCount, methods, remarks } });
  port.on('message', (question: Question) => {
    waiting.push(question);
    void work(model);
  });
} catch (error) {
  report({ refused: plainError(error) });
}
