/** What can be wrong with an archive. */

/** An archive that cannot be unpacked whole. `isCut`: it ends too early, as after a broken download. */
export class ArchiveFault extends Error {
  readonly isCut: boolean;

  constructor(message: string, { isCut = false }: { isCut?: boolean } = {}) {
    super(message);
    this.isCut = isCut;
  }
}
