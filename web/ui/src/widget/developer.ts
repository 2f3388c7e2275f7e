/** Words for whoever builds the embedding page: the console is the one place that they look at and visitors do not. */

const told = new Set<string>();

/** Says each thing once a page. */
export function tellDeveloper(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  console.warn(`<flux-voice>: ${message}`); // eslint-disable-line no-console -- it is for developers only
}
