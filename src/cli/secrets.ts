/** Keeps passwords in addresses out of what others see: messages, and the list of processes. */
import cluster from 'node:cluster';

/** The user and the password of an address such as `postgres://me:secret@host/`, up to the last @ of the word. */
const passwords = /\b(postgres(?:ql)?|rediss?):\/\/([^\s:@/]*):\S*@/gi;

/** A text in which addresses have no passwords. */
export function withoutPasswords(text: string): string {
  return text.replace(passwords, '$1://$2:***@');
}

/** The words of the command as a run keeps them: addresses have no passwords, and no parameters that could be one. */
export function commandWords(argv: readonly string[] = process.argv.slice(2)): string[] {
  return argv.map((word) =>
    withoutPasswords(word).replace(/([?&](?:ssl)?password=)[^&\s]*/gi, '$1***'),
  );
}

/**
 * Shows this process without the passwords of its arguments, in `ps` and `/proc`. It cannot hide them before it runs, so
 * the environment (MULTVAE_STORE, MULTVAE_REDIS) is the better place.
 */
export function hidePasswords(argv: readonly string[]): void {
  const shown = argv.map(withoutPasswords);
  if (shown.some((word, k) => word !== argv[k])) process.title = shown.join(' ');
}

/**
 * Lets further processes of this command find its addresses in the environment: as arguments they would be in `ps` until
 * each process runs.
 */
export function hideFromWorkers(argv: readonly string[] = process.argv.slice(2)): void {
  if (!cluster.isPrimary) return;
  const args: string[] = [];
  for (let k = 0; k < argv.length; k++) {
    const word = argv[k]!;
    const [, name, value] = /^--(store|redis)(?:=(.*))?$/s.exec(word) ?? [];
    const address = value ?? argv[k + 1];
    if (name === undefined || address === undefined) args.push(word);
    else {
      process.env[`MULTVAE_${name.toUpperCase()}`] = address;
      if (value === undefined) k++;
    }
  }
  cluster.setupPrimary({ args });
}
