/**
 * What of an answer has been heard. The protocol tells words and sound apart: where one stands in the other is
 * reckoned from how long the sound is, as far as it came, and how long so many letters take. Pure.
 */

import type { BotOutput } from "../call/transcript";

const LETTERS_PER_SECOND = 15;

interface Sentence {
  id: number;
  text: string;
  heard: string;
}

export interface Progress {
  /** Seconds of the answer's sound that came, and that were played. */
  received: number;
  played: number;
}

export class Answer {
  private readonly sentences: Sentence[] = [];
  private state: "open" | "done" | "cut" = "open";

  get over(): boolean {
    return this.state !== "open";
  }

  get wasCut(): boolean {
    return this.state === "cut";
  }

  get empty(): boolean {
    return this.sentences.length === 0;
  }

  /** More of its words are known; of an answer that was cut only those are told that were heard. */
  add(id: number, text: string): BotOutput[] {
    const sentence = { id, text: text.trim(), heard: "" };
    this.sentences.push(sentence);
    if (!this.over) return [{ text: sentence.text, segment_id: id, spoken_status: "new" }];
    sentence.heard = sentence.text;
    return [this.told(sentence)];
  }

  /** It sounds, and is so far. */
  sounding(progress: Progress): BotOutput[] {
    if (this.over) return [];
    return this.hear(this.reckon(progress)).map((each) => this.told(each));
  }

  /** All of it was heard. */
  done(): BotOutput[] {
    if (this.over) return [];
    this.state = "done";
    for (const each of this.sentences) each.heard = each.text;
    return this.sentences.map((each) => this.told(each));
  }

  /** The caller cut in. */
  cut(progress: Progress): BotOutput[] {
    if (this.over) return [];
    this.hear(this.reckon(progress));
    this.state = "cut";
    return this.sentences.map((each) => this.told(each));
  }

  /** Whether `heard` is a part of it that ends within a sentence. */
  breaksOffAt(heard: string): boolean {
    const part = bare(heard);
    if (this.over || !this.text.startsWith(part)) return false;
    const ends = this.sentences.map((_, index) => this.upTo(index + 1));
    return ends.every((whole) => bare(whole) !== part);
  }

  /** The other side says what was heard of the answer that was cut. */
  correct(heard: string): BotOutput[] {
    if (!this.wasCut || !this.text.startsWith(bare(heard))) return [];
    return this.hear(heard.trim().length, true).map((each) => this.told(each));
  }

  private get text(): string {
    return this.upTo(this.sentences.length);
  }

  private upTo(count: number): string {
    return this.sentences
      .slice(0, count)
      .map((each) => each.text)
      .join(" ");
  }

  /** How many letters of it were heard. */
  private reckon({ received, played }: Progress): number {
    const letters = this.text.length;
    const lasts = Math.max(received, letters / LETTERS_PER_SECOND);
    return played <= 0 ? 0 : Math.floor((letters * played) / lasts);
  }

  /** Notes that the first `letters` were heard, whole words only; returns the sentences in which that changes something. */
  private hear(letters: number, anew = false): Sentence[] {
    let left = letters;
    return this.sentences.filter((each) => {
      const heard = left >= each.text.length ? each.text : wholeWords(each.text, Math.max(0, left));
      left -= each.text.length + 1;
      if (anew ? heard === each.heard : heard.length <= each.heard.length) return false;
      each.heard = heard;
      return true;
    });
  }

  private told({ id, text, heard }: Sentence): BotOutput {
    const cut = this.wasCut && heard !== text;
    return {
      text,
      segment_id: id,
      spoken_status: this.over ? "completed" : "in-progress",
      spoken_progress: { accumulated_text: heard, remaining_text: text.slice(heard.length) },
      ...(this.over && { interrupted: cut }),
    };
  }
}

function wholeWords(text: string, letters: number): string {
  if (letters >= text.length) return text;
  return text.slice(0, Math.max(0, text.lastIndexOf(" ", letters))).trimEnd();
}

/** Without the mark that stands where somebody was cut short. */
function bare(text: string): string {
  return text.trim().replace(/[\s.…—-]+$/, "");
}
