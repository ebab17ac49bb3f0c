/** Unpacks what deflate has packed, with Node's zlib. */
import { pipeline, type Transform } from 'node:stream';
import { ArchiveFault } from './archive-fault.js';

/**
 * The unpacked pieces of packed ones.
 *
 * @param engine - one of zlib, such as `createGunzip()`
 * @throws ArchiveFault; an error of the packed pieces is passed on
 */
export async function* inflatedPieces(
  packed: AsyncGenerator<Uint8Array>,
  engine: Transform,
): AsyncGenerator<Uint8Array> {
  // Errors reach the loop below through the engine.
  pipeline(packed, engine, () => {});
  try {
    for await (const piece of engine as AsyncIterable<Buffer>) yield piece;
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw cause;
    throw new ArchiveFault(message, { isCut: code === 'Z_BUF_ERROR' });
  }
}
