/** Words that were typed, from their sending until the agent has taken them: it may refuse them while somebody speaks. Knows no clock. Pure. */

/** Refusals of one text after which its caller is told. */
const PATIENCE = 15;
/** An agent that says so long nothing of what it was sent does not heed it. */
export const HEEDED_MS = 10_000;

interface Text {
  words: string;
  refused: number;
  sentAt: number | null;
  /** Others need not wait for it any more. */
  overdue: boolean;
}

export class Typed {
  private texts: Text[] = [];

  add(words: string): void {
    this.texts.push({ words, refused: 0, sentAt: null, overdue: false });
  }

  /** What is to be sent now: one at a time, for a refusal does not say of which. */
  next(now: number): string | null {
    const { first } = this;
    if (!first || first.sentAt !== null) return null;
    first.sentAt = now;
    return first.words;
  }

  /** The agent took these words as the caller's; whether they were typed ones. */
  taken(words: string): boolean {
    const found = this.texts.findIndex((each) => each.sentAt !== null && plain(each.words) === plain(words));
    if (found < 0) return false;
    this.texts.splice(found, 1);
    return true;
  }

  /** The words on their way were refused; `false` if that was once too often, and they are given up. */
  refused(): boolean {
    const { first } = this;
    if (!first || first.sentAt === null) return true;
    first.sentAt = null;
    if (++first.refused < PATIENCE) return true;
    this.texts.splice(this.texts.indexOf(first), 1);
    return false;
  }

  /** Gives up waiting for words that were sent long ago, and tells which; should they be taken late, they are known. */
  expired(now: number): string | null {
    const { first } = this;
    if (!first || first.sentAt === null || now - first.sentAt < HEEDED_MS) return null;
    first.overdue = true;
    return first.words;
  }

  /** What was on its way is lost. */
  lost(): void {
    this.texts = [];
  }

  private get first(): Text | undefined {
    return this.texts.find((each) => !each.overdue);
  }
}

/** Agents may write the same words with other white space. */
function plain(words: string): string {
  return words.trim().replace(/\s+/g, " ");
}
