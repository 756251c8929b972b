/** The resolved experiment as the file that reproduces it. */
import { Document, isCollection, isScalar, visit } from 'yaml';
import type { Experiment } from '../spec.js';

/** Longer than this and the page becomes the data; result.json has all of it. */
const MOST_CHARACTERS = 20_000;

/** YAML in which a list of numbers is one line. */
export function settingsText(spec: Experiment): string {
  const document = new Document(spec, { aliasDuplicateObjects: false });
  visit(document, {
    Seq(_, node) {
      if (node.items.every(item => isScalar(item) || (isCollection(item) && item.items.every(isScalar))))
        node.flow = true;
    },
  });
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  if (text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, MOST_CHARACTERS)}\n… ${text.length - MOST_CHARACTERS} more characters: see spec in result.json`;
}
