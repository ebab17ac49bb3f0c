/** The server's HTTP API: one function a route, and the types of the replies. */

import { request } from './connection.js';

/** An item, as in every reply. */
export interface Item {
  readonly itemId: string;
  readonly title: string | null;
  readonly genres: readonly string[];
  readonly year: number | null;
  /** Present where the request asked for fields. */
  readonly fields?: Fields;
}

/** What a shop says of an item beyond its title. */
export type Fields = Readonly<Record<string, unknown>>;

/** A click behind a recommendation: the score falls by `contribution` without it. */
export interface Reason extends Item {
  readonly contribution: number;
}

/** An item of a ranked list. */
export interface RankedItem extends Item {
  readonly rank: number;
  /** Null for a new product. */
  readonly score: number | null;
  /** A product that the model cannot rank yet. */
  readonly isNew?: true;
  readonly because?: readonly Reason[];
  /** Ids of the rules that moved it. */
  readonly rules?: readonly string[];
}

/** The options of a request for a list. */
export interface ListOptions {
  readonly n: number;
  readonly genre?: readonly string[];
  readonly minYear?: number | null;
  readonly maxYear?: number | null;
  readonly where?: string;
  readonly fields?: string;
  readonly exclude?: readonly string[];
  readonly diversity?: number;
  readonly novelty?: number;
  readonly explore?: number;
  readonly seed?: number;
  readonly newItems?: number;
  readonly explain?: boolean;
  readonly run?: string;
}

export type RuleKind = 'hide' | 'pin' | 'limit' | 'boost' | 'bury';

/** A rule of the shop. */
export interface Rule {
  readonly id: string;
  readonly kind: RuleKind;
  readonly name?: string;
  readonly items?: readonly string[];
  readonly genre?: readonly string[];
  readonly where?: string;
  readonly place?: number;
  readonly by?: number;
  readonly atMost?: number;
  readonly each?: string;
  readonly beginsAt?: string;
  readonly endsAt?: string;
  readonly inForce: boolean;
}

/** A rule that changed a list. */
export type AppliedRule = Pick<Rule, 'id' | 'kind'> & { readonly name: string | null };

/** A list of recommendations. */
export interface Recommendations {
  readonly source: 'model' | 'popularity';
  readonly modelVersion: string;
  readonly items: readonly RankedItem[];
  /** Absent where no rule is in force. */
  readonly rules?: readonly AppliedRule[];
  /** Items of the profile that the model does not know. */
  readonly unknownItems?: readonly string[];
}

/** An item, how many users rated or clicked it, and whether the active model can rank it. */
export interface CatalogueItem extends Item {
  readonly clicks: number;
  readonly inModel: boolean;
  readonly available: boolean;
}

export interface ItemUser {
  readonly userId: string;
  readonly rating: number | null;
  /** Seconds since 1970. */
  readonly timestamp: number | null;
  readonly clicks: number;
}

export interface UserSummary {
  readonly userId: string;
  readonly ratings: number;
}

export interface HistoryItem extends Item {
  readonly rating: number | null;
  readonly timestamp: number | null;
  readonly source: 'import' | 'feedback';
  readonly inModel: boolean;
}

/** A user with a history, newest rating first. `latent` is null unless the active model has a posterior. */
export interface User {
  readonly userId: string;
  readonly history: readonly HistoryItem[];
  readonly latent: {
    readonly dimensions: number;
    readonly mean: readonly number[];
    readonly spread: readonly number[];
  } | null;
  readonly modelVersion: string | null;
  /** The ratings that feedback may have; null where the data have none, and each event is a click. */
  readonly scale: { readonly low: number; readonly high: number } | null;
}

/** How unusual a user is, in standard deviations above users with as many clicks. */
export interface Anomaly {
  readonly score: number;
  /** The user's clicks that the model ranks lowest, lowest first. */
  readonly leastExpected: readonly (Item & { readonly rank: number })[];
}

/** Metrics by name; null if not finite. */
export type Metrics = Readonly<Record<string, number | null>>;

export interface RunSummary {
  readonly run: string;
  /** What people call it; null for no name. */
  readonly name: string | null;
  /** What people noted on it. */
  readonly note: string | null;
  readonly model: string | null;
  readonly createdAt: string | null;
  readonly active: boolean;
  /** What its figures are of, such as `users` or `time`. */
  readonly protocolName: string | null;
  readonly metrics: Metrics | null;
  readonly items: number | null;
  readonly users: number | null;
  readonly backend: string | null;
  readonly durationS: number | null;
  /** Why the run cannot be used; if set, the other facts are null. */
  readonly problem: string | null;
  /** What to know about the run, such as that it is of other data than the home holds now. */
  readonly remark: string | null;
}

/** One epoch of training. A value is missing if the model does not have it. */
export type Epoch = Readonly<Record<string, number | null>> & { readonly epoch: number };

export interface Measured {
  readonly mean: number | null;
  /** The standard error of the mean. */
  readonly se: number | null;
}

/** Metrics of a run and of the baseline, from `multvae evaluate`. */
export interface Measurement {
  readonly split: string;
  /** The number of users in every mean. */
  readonly users: number;
  /** Users and items that came after the training; missing where there are none. */
  readonly newcomers?: Newcomers;
  readonly models: readonly MeasuredModel[];
  /** On fold-ins cut to a few clicks; missing in measurements of versions that did not have them. */
  readonly shortProfiles?: readonly {
    /** The clicks that the models see of each user. */
    readonly clicks: number;
    readonly users: number;
    /** Users with fewer clicks. */
    readonly leftOut: number;
    readonly models: readonly MeasuredModel[];
  }[];
}

export interface Newcomers {
  readonly users: number;
  readonly ofUsers: number;
  readonly items: number;
  readonly clicks: number;
  readonly ofClicks: number;
}

export interface MeasuredModel {
  readonly model: string;
  /** Null for a baseline. */
  readonly run: string | null;
  readonly metrics: Readonly<Record<string, Measured>>;
}

export interface RunDetails extends RunSummary {
  readonly config: Readonly<Record<string, unknown>>;
  readonly protocol: Readonly<Record<string, unknown>> & {
    /** Absent where whole users are held out. */
    readonly heldOutClicks?: Readonly<Record<string, unknown>> & { readonly by: string };
  };
  readonly lineage: Readonly<Record<string, unknown>>;
  readonly log: readonly Epoch[];
  readonly evaluation: {
    readonly validation: Measurement | null;
    readonly test: Measurement | null;
  };
}

/** Whether a run is better than another one or than popularity. */
export interface Verdict {
  readonly run: string;
  /** A run's id, or `popularity`. */
  readonly against: string;
  readonly users: number;
  readonly split: string;
  readonly outcome: 'better' | 'worse' | 'undecided';
  readonly sentence: string;
  /** What “certain” means, and what is not known. */
  readonly note: string;
}

export interface MapItem {
  readonly itemId: string;
  readonly title: string | null;
  readonly genre: string | null;
  readonly year: number | null;
  readonly x: number;
  readonly y: number;
  readonly clicks: number;
  /** Present where the request asked for fields. */
  readonly fields?: Fields;
}

export interface FeedbackEvent {
  readonly key: string;
  readonly userId: string;
  readonly itemId: string;
  readonly rating?: number | null;
  readonly timestamp?: number;
}

/** What the home calls its things, in lower case. */
export interface Words {
  readonly item: string;
  readonly items: string;
  readonly user: string;
  readonly users: string;
  readonly event: string;
  readonly events: string;
  readonly category: string;
  readonly categories: string;
}

/** A field that items have beside title, genres and year. */
export interface Field {
  readonly name: string;
  readonly type: 'number' | 'text' | 'boolean' | 'date' | 'list';
}

/** What the page needs to know of the home before it shows anything of it. */
export interface HomeDescription {
  readonly words: Words;
  readonly fields: readonly Field[];
  readonly hasYears: boolean;
  /** Where images may come from, such as `https://*.shop.example`. */
  readonly imageHosts: readonly string[];
}

export interface Switched {
  readonly active: string;
  readonly previous: string | null;
}

type Signal = AbortSignal | undefined;
const part = encodeURIComponent;

export function describeHome(signal?: Signal) {
  return request<HomeDescription>('home', { signal });
}

/** Who looks at the explorer is no user of the shop. */
const notCounted = { shown: false };

/** `GET /recommend/:userId` */
export function recommendFor(userId: string, options: ListOptions, signal?: Signal) {
  return request<Recommendations>(`recommend/${part(userId)}`, {
    query: { ...options, ...notCounted },
    signal,
  });
}

/** `POST /recommend`: for an anonymous profile. */
export function recommendFrom(items: readonly string[], options: ListOptions, signal?: Signal) {
  const body = { items, ...options, ...notCounted };
  return request<Recommendations>('recommend', { method: 'POST', body, signal });
}

/** `GET /similar/:itemId`; scores are the model’s own measure. */
export function similarTo(
  itemId: string,
  query: { n: number; run?: string; genre?: readonly string[]; fields?: string },
  signal?: Signal,
) {
  const path = `similar/${part(itemId)}`;
  return request<{ readonly items: readonly RankedItem[] }>(path, { query, signal });
}

/** `GET /items?query=`; an empty query gives the most clicked items. @param fields - to show of each */
export async function searchItems(query: string, n: number, signal?: Signal, fields?: string) {
  const asked = { query: query || null, n, fields };
  const reply = await request<{ items: CatalogueItem[] }>('items', { query: asked, signal });
  return reply.items;
}

export function getItem(itemId: string, signal?: Signal) {
  return request<CatalogueItem>(`items/${part(itemId)}`, { signal });
}

export async function itemUsers(itemId: string, n: number, signal?: Signal) {
  const path = `items/${part(itemId)}/users`;
  return (await request<{ users: ItemUser[] }>(path, { query: { n }, signal })).users;
}

/** `GET /users?query=`: users whose id starts with the query. */
export async function searchUsers(query: string, n: number, signal?: Signal) {
  const words = query ? { query, n } : { n };
  return (await request<{ users: UserSummary[] }>('users', { query: words, signal })).users;
}

export function getUser(userId: string, signal?: Signal, fields?: string) {
  return request<User>(`users/${part(userId)}`, { query: { fields }, signal });
}

export function anomalyOf(userId: string, signal?: Signal) {
  return request<Anomaly>(`users/${part(userId)}/anomaly`, { signal });
}

export async function genres(signal?: Signal) {
  const reply = await request<{ genres: { genre: string; items: number }[] }>('genres', { signal });
  return reply.genres;
}

export async function listRules(signal?: Signal) {
  return (await request<{ rules: Rule[] }>('rules', { signal })).rules;
}

export function addRule(rule: Omit<Rule, 'id' | 'inForce'>) {
  return request<Rule>('rules', { method: 'POST', body: rule });
}

export function deleteRule(id: string) {
  return request<unknown>(`rules/${part(id)}`, { method: 'DELETE' });
}

export function listRuns(signal?: Signal) {
  return request<{ active: string | null; models: RunSummary[] }>('models', { signal });
}

/** `GET /verdicts`: each measured run against popularity. */
export async function listVerdicts(signal?: Signal) {
  return (await request<{ verdicts: Verdict[] }>('verdicts', { signal })).verdicts;
}

/** `GET /verdicts/:first/:second`; null where they were not compared. */
export async function verdictOn(first: string, second: string, signal?: Signal) {
  const path = `verdicts/${part(first)}/${part(second)}`;
  return (await request<{ verdict: Verdict | null }>(path, { signal })).verdict;
}

export function getRun(run: string, signal?: Signal) {
  return request<RunDetails>(`models/${part(run)}`, { signal });
}

/** `PATCH /models/:run`; an empty text takes a name or a note away. */
export function labelRun(run: string, label: { readonly name: string; readonly note: string }) {
  return request<unknown>(`models/${part(run)}`, { method: 'PATCH', body: label });
}

export type MapMethod = 'umap' | 'pca';

/** The items of a run on a map. */
export interface ItemMap {
  readonly method: MapMethod;
  /** Whether the map by UMAP is still being computed. */
  readonly isComputing: boolean;
  readonly items: readonly MapItem[];
}

export function mapOf(
  run: string,
  query: { readonly items: number; readonly method: MapMethod; readonly fields?: string },
  signal?: Signal,
) {
  return request<ItemMap>(`models/${part(run)}/map`, { query: { ...query }, signal });
}

/** `GET /models/:run/report`: an HTML page; 404 until it was made. */
export function reportOf(run: string, signal?: Signal) {
  return request<string>(`models/${part(run)}/report`, { signal, as: 'text' });
}

/** How it stands with the report of a run. */
export interface ReportState {
  readonly state: 'none' | 'making' | 'made' | 'failed';
  readonly hasPage: boolean;
  /** What is being done, or why it failed. */
  readonly text: string | null;
}

export function reportState(run: string, signal?: Signal) {
  return request<ReportState>(`models/${part(run)}/report/state`, { signal });
}

export function makeReport(run: string) {
  return request<ReportState>(`models/${part(run)}/report`, { method: 'POST' });
}

export function activate(run: string) {
  return request<Switched>(`models/${part(run)}/activate`, { method: 'POST' });
}

export function rollBack() {
  return request<Switched>('models/rollback', { method: 'POST' });
}

export function sendFeedback(event: FeedbackEvent) {
  return request<unknown>('feedback', { method: 'POST', body: event });
}

export function withdrawFeedback(key: string) {
  return request<unknown>(`feedback/${part(key)}`, { method: 'DELETE' });
}
