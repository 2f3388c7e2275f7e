/** A text in which the words that were searched are marked. */

import type { ReactElement } from "react";

import { pieces } from "./pieces";

export function Found({ text, words }: { text: string; words: string }): ReactElement {
  return (
    <>
      {pieces(text, words).map((piece, index) =>
        piece.sought ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>,
      )}
    </>
  );
}
