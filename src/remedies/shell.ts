/** Files and commands as a message names them for a shell. */

/** A text as one word of a shell command. */
export function shellWord(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command with its two files. */
export function shellCommand(command: string, from: string, to: string): string {
  return command.replace('$1', () => shellWord(from)).replace('$2', () => shellWord(to));
}

/** A file's name without an ending; with `.txt` added where it does not end so. */
export function without(path: string, ending: string): string {
  return path.endsWith(ending) ? path.slice(0, -ending.length) : `${path}.txt`;
}

/** A file's name for its converted twin: `a.csv` becomes `a.utf8.csv`, or `a.tabs.tsv` with another ending. */
export function renamed(path: string, mark: string, newEnding?: string): string {
  const [ending = ''] = /\.\w{1,8}$/.exec(path) ?? [];
  return `${path.slice(0, path.length - ending.length)}.${mark}${newEnding ?? ending}`;
}
