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
  optionalMethods,
  plainError,
  type Question,
  type RankingCalls,
  type Report,
  type RunDetails,
  revive,
} from './protocol.js';

/*
 * The thread that computes: it loads one run, and answers until it is ended. While it computes, questions
 * gather; it then takes all the rankings among them at once, as many as a batch may have.
 */

/**
 * Rows of a batch. While one is answered the next is computed, so that larger ones would keep both threads waiting;
 * in f32 reading the weights takes so long that it has to serve more rows.
 */
const maxRows = (workerData as InferenceSource).precision === 'f32' ? 32 : 16;

const port = parentPort!;
const report = (message: Report, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer);

const allCores = availableParallelism();
/** The thread that answers requests needs one, too. */
const otherCores = Math.max(1, allCores - 1);
/** Says how many threads compute, where nobody has said it for all requests. */
let setThreads: Engine['setThreads'];

async function load(source: InferenceSource): Promise<{ run: RunDetails; model: Recommender }> {
  const { home, backend, threads, precision } = source;
  const { weights, ...run } = new RunStore(home).load(source.run);
  const open = async () => {
    const engine = await openEngine(backend, { threads: threads ?? otherCores });
    if (threads === undefined) setThreads = engine.setThreads;
    return engine;
  };
  return { run, model: await loadRecommender({ ...run, weights }, open, precision) };
}

const waiting: Question[] = [];

function gather(): void {
  for (;;) {
    const next = receiveMessageOnPort(port) as { message: Question } | undefined;
    if (next === undefined) return;
    waiting.push(next.message);
  }
}

/** Takes the rankings at the head of the queue, up to a batch of them; null where another call is first. */
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
    // As large as the decoder: passed on, not copied; so is what it was made of.
    report({ id, value }, [(value as ItemEmbedding).vectors.buffer as ArrayBuffer]);
    collectGarbage();
  } catch (error) {
    report({ error: plainError(error), ids: [id] });
  }
}

/**
 * Frees what loading and unpacking leave behind. It is as large as the decoder, and V8, for which arrays outside its
 * heap weigh little, would keep it for as long as nothing large follows.
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
    // Who waits for the only one has nothing else to do.
    const isAlone = batch?.ids.length === 1 && waiting.length === 0;
    setThreads?.(isAlone ? allCores : otherCores);
    if (batch !== null) await rank(model, batch);
    else await answer(model, (waiting.shift() as { call: MethodCall }).call);
  }
  isBusy = false;
}

try {
  const { run, model } = await load(workerData as InferenceSource);
  collectGarbage();
  const methods = optionalMethods.filter((method) => method in model);
  report({ opened: { run, model: model.model, itemCount: model.itemCount, methods } });
  port.on('message', (question: Question) => {
    waiting.push(question);
    void work(model);
  });
} catch (error) {
  report({ refused: plainError(error) });
}
