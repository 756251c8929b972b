/** Plain text for a terminal: no colour, nothing wider than WIDTH. */

export const WIDTH = 100;

/** Control characters of a title could drive the terminal, and bidirectional overrides turn a line around. */
export const plain = (text: string): string => text.replace(/(?!\n)\p{Cc}|[\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');

/** Words over several lines; the later ones begin `hang` blanks in. */
export function wrapped(text: string, hang = 0): string {
  const lines: string[] = [];
  let line = '';
  for (const word of plain(text).split(/[ \n]+/)) {
    const room = WIDTH - (lines.length > 0 ? hang : 0);
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${' '.repeat(hang)}`);
}

/** A name in a column of its own, words wrapped beside it. */
export function entry(name: string, text: string): string {
  const hang = 15;
  const lines = wrapped(`${'x'.repeat(hang - 1)} ${text}`, hang);
  return `  ${name.padEnd(hang - 2)}${lines.slice(hang)}`;
}

/** Columns, the first one to the left and the others to the right, cut at WIDTH. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, j) => Math.max(...rows.map(r => plain(r[j]).length)));
  const text = (r: readonly string[]) =>
    r.map((c, j) => (j === 0 ? plain(c).padEnd(widths[j]) : plain(c).padStart(widths[j]))).join('  ');
  return rows.map(r => text(r).trimEnd().slice(0, WIDTH)).join('\n');
}
