/** Words that were typed, from their sending until the agent has taken them: it may refuse them while somebody speaks. Pure. */

/** Refusals of one text after which its caller is told. */
const PATIENCE = 15;

interface Text {
  words: string;
  refused: number;
  sent: boolean;
}

export class Typed {
  private texts: Text[] = [];

  add(words: string): void {
    this.texts.push({ words, refused: 0, sent: false });
  }

  /** What is to be sent now: one at a time, for a refusal does not say of which. */
  next(): string | null {
    const first = this.texts[0];
    if (!first || first.sent) return null;
    first.sent = true;
    return first.words;
  }

  /** The agent took these words as the caller's; whether they were typed ones. */
  taken(words: string): boolean {
    const found = this.texts.findIndex((each) => each.sent && each.words.trim() === words.trim());
    if (found < 0) return false;
    this.texts.splice(found, 1);
    return true;
  }

  /** The words on their way were refused; `false` if that was once too often, and they are given up. */
  refused(): boolean {
    const first = this.texts[0];
    if (!first?.sent) return true;
    first.sent = false;
    if (++first.refused < PATIENCE) return true;
    this.texts.shift();
    return false;
  }

  /** What was on its way is lost. */
  lost(): void {
    this.texts = [];
  }
}
