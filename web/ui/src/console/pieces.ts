/** Where the words that were searched stand in a text. */

export interface Piece {
  text: string;
  sought: boolean;
}

const BEFORE = 60;
const LONGEST = 220;

/** The text in pieces, so that the words can be marked; a long text only around the first of them. */
export function pieces(text: string, words: string): readonly Piece[] {
  const sought = words.trim();
  const at = sought ? seek(text, sought, 0) : -1;
  const from = text.length > LONGEST && at > BEFORE ? at - BEFORE : 0;
  const to = Math.min(text.length, from + LONGEST);
  const cut = `${from > 0 ? "… " : ""}${text.slice(from, to).trim()}${to < text.length ? " …" : ""}`;
  if (at < 0) return [{ text: cut, sought: false }];
  const found: Piece[] = [];
  let done = 0;
  for (let next = seek(cut, sought, 0); next >= 0; next = seek(cut, sought, done)) {
    if (next > done) found.push({ text: cut.slice(done, next), sought: false });
    found.push({ text: cut.slice(next, next + sought.length), sought: true });
    done = next + sought.length;
  }
  if (done < cut.length) found.push({ text: cut.slice(done), sought: false });
  return found;
}

/** Case does not matter, but letters whose other case is of another length are only found as they are. */
function seek(text: string, sought: string, from: number): number {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower.indexOf(sought.toLowerCase(), from) : text.indexOf(sought, from);
}
