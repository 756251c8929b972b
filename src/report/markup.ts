/** Text to HTML without a hole: everything interpolated is escaped unless it is markup already. */

export interface Html {
  readonly html: string;
}

export type Part = string | number | Html | readonly Part[] | null | false;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe in text and in quoted attributes; control characters, which no parser agrees on, become U+FFFD. */
export const escaped = (text: string): string =>
  text.replace(/(?![\n\t])\p{Cc}/gu, '\uFFFD').replace(/[&<>"']/g, c => ENTITIES[c]);

/** Markup made here (SVG, CSS): never text of the study. */
export const raw = (markup: string): Html => ({ html: markup });

function render(part: Part): string {
  if (part === null || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'html' in part ? part.html : part.map(render).join('');
}

/** A tagged template: html`<p>${text}</p>`. Lists are joined; null and false vanish. */
export const html = (parts: TemplateStringsArray, ...values: readonly Part[]): Html =>
  raw(parts.map((p, i) => (i === 0 ? p : render(values[i - 1]) + p)).join(''));
