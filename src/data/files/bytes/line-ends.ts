/** Line ends that are a CR alone, as old Macs and some exports write them. */

const lineFeed = 10;
const carriageReturn = 13;

/** Whether more lines of a text end with CR alone than with LF or CRLF. @param start - its beginning */
export function endsLinesWithCr(start: Buffer): boolean {
  const text = start.toString('latin1');
  const alone = text.match(/\r(?!\n|$)/g)?.length ?? 0;
  return alone > text.split('\n').length - 1;
}

/** Turns CR and CRLF into LF, piece by piece. */
export class LineFeeds {
  /** Whether the bytes so far end with CR, whose LF is written and may follow. */
  #endsWithCr = false;

  /** The next bytes with LF in place of CR and CRLF. */
  piece(bytes: Uint8Array): Uint8Array {
    const fed = new Uint8Array(bytes.length);
    let length = 0;
    let before = this.#endsWithCr ? carriageReturn : lineFeed;
    for (const byte of bytes) {
      if (byte !== lineFeed || before !== carriageReturn) {
        fed[length++] = byte === carriageReturn ? lineFeed : byte;
      }
      before = byte;
    }
    this.#endsWithCr = before === carriageReturn;
    return fed.subarray(0, length);
  }
}
