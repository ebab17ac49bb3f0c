/** Keeps passwords in addresses out of what others see: messages, and the list of processes. */

/** The user and the password of an address such as `postgres://me:secret@host/`, up to the last @ of the word. */
const passwords = /\b(postgres(?:ql)?|rediss?):\/\/([^\s:@/]*):\S*@/gi;

/** A text in which addresses have no passwords. */
export function withoutPasswords(text: string): string {
  return text.replace(passwords, '$1://$2:***@');
}

/**
 * Shows this process without the passwords of its arguments, in `ps` and `/proc`. It cannot hide them before it runs, so
 * the environment (MULTVAE_STORE, MULTVAE_REDIS) is the better place.
 */
export function hidePasswords(argv: readonly string[]): void {
  const shown = argv.map(withoutPasswords);
  if (shown.some((word, k) => word !== argv[k])) process.title = shown.join(' ');
}
