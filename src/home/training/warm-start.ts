/** Trainings that begin with the weights of an earlier run. */

import type { Collective } from '../../backend/collective/collective.js';
import { ItemPart } from '../../backend/collective/item-part.js';
import type { ModelName, NetworkConfig } from '../../config/models.js';
import { type GivenConfig, parseConfig } from '../../config/parse.js';
import type { ItemId } from '../../data/ids.js';
import { LargeMap } from '../../data/large-map.js';
import type { TrainedUsers } from '../../data/split/trained-users.js';
import type { HomeAt } from '../../data/store/place.js';
import { ArgumentError, quote, RunError } from '../../errors.js';
import { splitDifference } from '../../eval/same-split.js';
import type { EarlierWeights } from '../../model/training/carried-weights.js';
import type { ChoosePart } from '../../runs/divided/division.js';
import type { EpochRecord, StoredRun } from '../../runs/format.js';
import type { Material } from '../material.js';
import { withRuns } from '../place/opened.js';
import { type ProtocolOptions, splitOptions } from '../split/protocol-options.js';
import { axesOf } from './distributed.js';

/** What a training takes over from an earlier run. */
export interface WarmStart {
  readonly run: string;
  readonly earlier: EarlierWeights;
  /** Whom the earlier run has seen. */
  readonly trainedUsers: TrainedUsers;
}

/** The widths of networks; both runs need the same. */
const widths = ['hiddenDims', 'hiddenDim', 'latentDim'];

/** Holds out whom the earlier run holds out, unless the options say who is held out. */
export function keepingHeldOut(run: string, options: ProtocolOptions = {}): ProtocolOptions {
  const { protocol, splitSeed, threshold, minClicks } = options;
  const asked = [
    protocol,
    splitSeed,
    threshold,
    minClicks,
    ...splitOptions.map((name) => options[name]),
  ];
  return asked.some((value) => value !== undefined) ? options : { heldoutFrom: run };
}

/**
 * The hyper-parameters of a training that begins with the weights of an earlier run: those of that run, with a third of
 * its epochs and, in a Mult-VAE, with β fixed where the kept epoch had it. Values that are given win.
 *
 * @param model - null where none is named
 * @throws ConfigError for a wrong value, ArgumentError for another model or other widths than the run has
 * @throws RunError when the run is no network, UnknownRunError when there is none
 */
export async function configFrom(
  home: HomeAt,
  run: string,
  given: {
    readonly model: ModelName | null;
    readonly values: Readonly<Record<string, unknown>>;
    readonly source: string;
  },
): Promise<GivenConfig> {
  const { config, log, lineage } = await withRuns(home, ({ runs }) => runs.describe(run));
  const { model, values, source } = given;
  if (!isNetwork(config)) {
    throw new RunError(
      `run ${run} is of ${config.model}, and only the training of a mult-vae, mult-dae, rec-vae or elsa can begin with earlier weights; train without --from`,
    );
  }
  if (model !== null && model !== config.model) {
    throw new ArgumentError(
      `run ${run} is of ${config.model}, and the model asked for is ${model}; leave the model or --from out`,
    );
  }
  const began: Readonly<Record<string, unknown>> = { ...config };
  const { model: _, ...changes } = values;
  parseConfig<ModelName>(config.model, { ...began, ...changes }, source);
  for (const name of widths) {
    if (JSON.stringify(changes[name] ?? began[name]) === JSON.stringify(began[name])) continue;
    throw new ArgumentError(
      `${name} is ${JSON.stringify(changes[name])}, and the weights of run ${run} are of ${JSON.stringify(began[name])}; leave it or --from out`,
    );
  }
  const beta = config.model === 'mult-vae' ? { betaCap: keptBeta(log), annealFraction: 0 } : {};
  // A run that itself went on from another has few epochs already.
  const epochs = lineage.from === undefined ? Math.ceil(config.epochs / 3) : config.epochs;
  return { ...config, epochs, ...beta, ...changes, model: config.model };
}

/**
 * The weights of an earlier run for the items of a split.
 *
 * @param collective - the processes that divide the items; each reads the weights of its items alone. Default: one has all.
 * @throws RunError when the run was trained on a user who is held out now, or does not say on whom it was trained; and
 *   when one of the two holds out clicks, unless their splits are the same
 */
export async function readWarmStart(
  home: HomeAt,
  run: string,
  material: Material,
  collective?: Collective,
): Promise<WarmStart> {
  const { vocabulary } = material.split;
  const { first, last } = new ItemPart(vocabulary.length, collective);
  const placesIn = (items: readonly ItemId[]) => placesOf(vocabulary.slice(first, last), items);
  const choose: ChoosePart = ({ config, items }) => ({
    items: placesIn(items),
    axes: axesOf(config, items.length),
  });
  const { stored, trained } = await withRuns(home, async ({ runs }) => ({
    stored: await runs.load(run, collective && choose),
    trained: (await runs.users(run)).trained,
  }));
  if (trained === null) {
    throw new RunError(
      `run ${run} does not record on whom it was trained, so it may know users who are held out now; train without --from once, and later from the new run`,
    );
  }
  refuseKnownClicks(stored, trained, material);
  const places = placesIn(stored.vocabulary.items);
  // What was chosen lies in the order of the items that it was chosen for.
  const earlierIndex = collective ? places.map((place, k) => (place < 0 ? -1 : k)) : places;
  return { run, earlier: { weights: stored.weights, earlierIndex }, trainedUsers: trained };
}

/** The place of each wanted item among others; -1 where it is not among them. */
function placesOf(wanted: readonly ItemId[], items: readonly ItemId[]): Int32Array {
  const indexOf = new LargeMap<ItemId, number>();
  for (const [index, item] of items.entries()) indexOf.set(item, index);
  return Int32Array.from(wanted, (item) => indexOf.get(item) ?? -1);
}

/** @throws RunError when a run may know what is held out now */
function refuseKnownClicks(
  earlier: StoredRun,
  trained: TrainedUsers,
  { protocol, split, clicksOfItems, dataset }: Material,
): void {
  const { id: run } = earlier;
  const holdsOutClicks = [protocol, earlier.protocol].some(
    ({ heldOutClicks }) => heldOutClicks !== undefined,
  );
  if (holdsOutClicks) {
    const now = {
      id: 'this training',
      protocol,
      split,
      vocabulary: { items: split.vocabulary, trainClicks: clicksOfItems },
      lineage: { ...earlier.lineage, dataHash: dataset.dataHash },
    };
    const difference =
      splitDifference([earlier, now], 'test') ?? splitDifference([earlier, now], 'validation');
    if (difference === null) return;
    throw new RunError(
      `run ${run} may have been trained on clicks that are held out now, so the figures would be too good: ${difference.text}; begin with a run of the same split, or leave --from out`,
    );
  }
  const heldOut = [...split.validation.users, ...split.test.users];
  const known = heldOut.find((user) => trained.has(user));
  if (known === undefined) return;
  throw new RunError(
    `run ${run} was trained on user ${quote(known)}, who is held out now, so its figures would be too good; keep its held-out users with --heldout-from ${run}, or leave --from out`,
  );
}

function isNetwork(config: { readonly model: string }): config is NetworkConfig {
  return 'learningRate' in config;
}

/** β of the epoch whose weights were kept. */
function keptBeta(log: readonly EpochRecord[]): number {
  return log.reduce((best, epoch) => (epoch.ndcg100 > best.ndcg100 ? epoch : best)).beta;
}
