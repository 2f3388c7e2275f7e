/** Which part of a list is shown, and the ways to the parts beside it. */

import type { ReactElement } from "react";

import type { ItemPage } from "./pages";
import { spanOf } from "./pages";
import { consoleText } from "../text";

interface PagerProps {
  shown: ItemPage<unknown>;
  page: number;
  linkTo: (page: number) => string;
}

export function Pager({ shown, page, linkTo }: PagerProps): ReactElement | null {
  const { first, last, previous, next } = spanOf(shown, page);
  if (previous === null && next === null) return null;
  return (
    <nav className="pager" aria-label={consoleText.pager.label}>
      <p className="fine number" data-testid="page-shown">
        {consoleText.pager.shown(first, last, shown.total)}
      </p>
      <div className="pager-steps">
        {previous !== null && (
          <a className="button small" data-testid="previous-page" href={linkTo(previous)}>
            {consoleText.pager.previous}
          </a>
        )}
        {next !== null && (
          <a className="button small" data-testid="next-page" href={linkTo(next)}>
            {consoleText.pager.next}
          </a>
        )}
      </div>
    </nav>
  );
}
