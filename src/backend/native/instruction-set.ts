/** The instruction set that `$MULTVAE_ISA` asks for. */

import { ArgumentError, quote } from '../../errors.js';
import { instructionSets } from './operations.js';

/**
 * Checks the name in `$MULTVAE_ISA`; an empty one counts as none.
 *
 * @throws ArgumentError when it is no instruction set
 */
export function checkInstructionSet(env: NodeJS.ProcessEnv = process.env): void {
  const wanted = env.MULTVAE_ISA;
  if (!wanted || instructionSets.some((known) => known === wanted)) return;
  throw new ArgumentError(
    `MULTVAE_ISA is ${quote(wanted)}; give one of ${instructionSets.join(', ')} that this processor has, or unset it for the best`,
  );
}

/** The error of the addon, which refuses an instruction set that the processor lacks; null for any other error. */
export function refusedInstructionSet(error: unknown): ArgumentError | null {
  const { code, message } = error as NodeJS.ErrnoException;
  const lacking = /^MULTVAE_ISA: this processor has no (\w+); it has (.+)$/.exec(message);
  if (code !== 'E_NATIVE_ARGUMENT' || lacking === null) return null;
  return new ArgumentError(
    `MULTVAE_ISA is ${quote(lacking[1]!)}, which this processor lacks; give one of ${lacking[2]}, or unset it for the best`,
    { cause: error },
  );
}
