/** Reads and writes safetensors files. */
import { RunError, ShapeError } from '../errors.js';
import { type ByteSource, HashedFile, MemorySource } from './byte-source.js';
import type { StoredTensor, StoredTensors } from './format.js';

/** A file begins with the length of its header, an unsigned 64-bit little-endian integer. */
const lengthBytes = 8;
/** The limit of the format's reference implementation. */
const maxHeaderBytes = 100_000_000;
const elementBytes = 4;
const metadataKey = '__metadata__';

type Dtype = 'F32' | 'I32';

/** A safetensors file in memory. */
export interface SafetensorsFile {
  readonly tensors: StoredTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One tensor's entry in the header; offsets count from the end of the header. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Encodes tensors as a safetensors file (https://github.com/huggingface/safetensors), which other tools can read.
 *
 * Tensors are in the order of their names, and the data begin at a multiple of 8. Equal tensors and metadata give equal
 * bytes.
 *
 * @throws ShapeError when a tensor's data does not fill its shape, or one is called `__metadata__`
 */
export function encodeSafetensors(
  tensors: StoredTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return Buffer.concat([...safetensorsParts(tensors, metadata)]);
}

/** The same bytes in parts, of which the data are views: for a file that is larger than a Buffer can be. */
export function* safetensorsParts(
  tensors: StoredTensors,
  metadata: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const names = Object.keys(tensors).sort();
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push([metadataKey, metadata]);
  let end = 0;
  for (const name of names) {
    const { shape, data } = tensors[name]!;
    if (name === metadataKey) throw new ShapeError(`a tensor cannot be called ${metadataKey}`);
    if (elementCount(shape) !== data.length) {
      throw new ShapeError(
        `tensor ${name}: ${data.length} values do not fill [${shape.join(', ')}]`,
      );
    }
    const begin = end;
    end += data.byteLength;
    const dtype: Dtype = data instanceof Float32Array ? 'F32' : 'I32';
    header.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const start = Buffer.alloc(lengthBytes + headerBytes, ' ');
  start.writeBigUInt64LE(BigInt(headerBytes));
  json.copy(start, lengthBytes);
  yield start;
  for (const name of names) {
    const { data } = tensors[name]!;
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

/**
 * Reads a safetensors file of 32-bit floats and integers. The tensors are copies.
 *
 * @param source - the file's name, for messages
 * @throws RunError naming the rule of the format that the bytes break
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): SafetensorsFile {
  return readSafetensors(new MemorySource(bytes), source);
}

/**
 * Reads a safetensors file from the disk, which is never in memory as a whole.
 *
 * @throws RunError as `decodeSafetensors`, and the errors of the file system
 */
export function readSafetensorsFile(path: string): SafetensorsFile {
  const file = new HashedFile(path);
  try {
    return readSafetensors(file, path);
  } finally {
    file.close();
  }
}

/**
 * Reads a safetensors file from front to back, each tensor into an array of its own.
 *
 * @param name - the file's name, for messages
 */
export function readSafetensors(source: ByteSource, name: string): SafetensorsFile {
  const { entries, ordered, metadata } = readSafetensorsHeader(source, name);
  const buffers = new Map<SafetensorsEntry, ArrayBuffer>();
  for (const entry of ordered) buffers.set(entry, source.take(entry.end - entry.begin).buffer);
  const tensors = entries.map((entry): [string, StoredTensor] => {
    const buffer = buffers.get(entry)!;
    const data = entry.dtype === 'F32' ? new Float32Array(buffer) : new Int32Array(buffer);
    return [entry.name, { shape: entry.shape, data }];
  });
  return { tensors: Object.fromEntries(tensors), metadata: Object.fromEntries(metadata) };
}

/** A header, whose tensors fill the rest of the file. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  /** In the order of their data. */
  readonly ordered: readonly SafetensorsEntry[];
  readonly metadata: readonly (readonly [string, string])[];
}

/**
 * Reads the header of a safetensors file, and checks that its tensors fill the bytes that follow. It reads none of them.
 *
 * @param name - the file's name, for messages
 * @throws RunError naming the rule of the format that the bytes break
 */
export function readSafetensorsHeader(source: ByteSource, name: string): SafetensorsHeader {
  const wrong = (what: string) => new RunError(`${name} is not a valid safetensors file: ${what}`);
  if (source.remaining < lengthBytes) {
    throw wrong(`it has ${source.remaining} bytes; the header's length alone takes ${lengthBytes}`);
  }
  const headerBytes = Number(new DataView(source.take(lengthBytes).buffer).getBigUint64(0, true));
  if (headerBytes > maxHeaderBytes) {
    throw wrong(`its header claims ${headerBytes} bytes; at most ${maxHeaderBytes} are allowed`);
  }
  if (headerBytes > source.remaining) {
    throw wrong(`its header claims ${headerBytes} bytes, but only ${source.remaining} follow`);
  }
  const header = parseHeader(source.take(headerBytes), wrong);
  const metadata: [string, string][] = [];
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) metadata.push(...parseMetadata(value, wrong));
    else entries.push(parseEntry(name, value, wrong));
  }
  return { entries, ordered: inOrder(entries, source.remaining, wrong), metadata };
}

type Complaint = (what: string) => RunError;

function parseHeader(bytes: Uint8Array, wrong: Complaint): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw wrong('its header is not JSON');
  }
  if (!isRecord(header)) throw wrong('its header is not a JSON object');
  return header;
}

function parseMetadata(value: unknown, wrong: Complaint): [string, string][] {
  const entries = isRecord(value) ? Object.entries(value) : null;
  if (!entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    throw wrong(`${metadataKey} is not an object of strings`);
  }
  return entries;
}

function parseEntry(name: string, value: unknown, wrong: Complaint): SafetensorsEntry {
  const tensor = `tensor ${JSON.stringify(name)}`;
  if (!isRecord(value)) throw wrong(`${tensor} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== 'F32' && dtype !== 'I32') {
    throw wrong(`${tensor} has the dtype ${JSON.stringify(dtype)}; only F32 and I32 can be read`);
  }
  if (!isSizeList(shape)) throw wrong(`${tensor} has the shape ${JSON.stringify(shape)}`);
  if (!isSizeList(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw wrong(`${tensor} has the offsets ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  if (end - begin !== elementCount(shape) * elementBytes) {
    throw wrong(`${tensor} has ${end - begin} bytes, which do not fill [${shape.join(', ')}]`);
  }
  return { name, dtype, shape, begin, end };
}

/** The tensors in the order of their data. Checks that every byte of data belongs to exactly one of them. */
function inOrder(
  entries: readonly SafetensorsEntry[],
  dataBytes: number,
  wrong: Complaint,
): SafetensorsEntry[] {
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of ordered) {
    if (begin < covered) throw wrong(`tensor ${JSON.stringify(name)} overlaps the one before it`);
    if (begin > covered)
      throw wrong(`bytes ${covered} to ${begin} of its data belong to no tensor`);
    if (end > dataBytes) {
      throw wrong(
        `tensor ${JSON.stringify(name)} ends at byte ${end} of ${dataBytes}: it is cut off`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes)
    throw wrong(`its last ${dataBytes - covered} bytes belong to no tensor`);
  return ordered;
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isSizeList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
