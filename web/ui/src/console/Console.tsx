/** The owner's console: where one is on one side, what is there on the other. */

import { useEffect, useRef, useSyncExternalStore, type ReactElement, type RefObject } from "react";

import { Icon } from "../components/icons";
import { brand } from "../text";
import { tenantIn, writeFilters } from "./filters";
import { ConsoleIcon } from "./icons";
import { hashOf, readRoute, VIEWS, type Route } from "./routes";
import { ServerLine } from "./ServerLine";
import { SignIn } from "./SignIn";
import { consoleText } from "../text";
import { useSession, useVisit } from "./useSession";
import { View } from "./View";

export function Console(): ReactElement {
  const session = useSession();
  const { gate, signedIn } = useVisit();
  const hash = useSyncExternalStore(followAddress, () => location.hash);
  const route = readRoute(hash);
  const main = useRef<HTMLElement>(null);
  const place = `${tenantIn(route.query)}/${route.view}/${route.id ?? ""}`;
  const open = gate === "open";
  useFocusOnMove(main, place);
  useEffect(() => {
    document.title = open ? `${consoleText.views[route.view].title} · ${consoleText.title}` : consoleText.title;
  }, [route.view, open]);
  return (
    <div className="console" data-view={open ? route.view : "sign-in"}>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault(); // the address after the # is the view's
          main.current?.focus();
        }}
      >
        {consoleText.skip}
      </a>
      <header className="console-top">
        <span className="brand">
          <span className="brand-mark">
            <Icon name="wave" />
          </span>
          {brand}
          <span className="brand-part">{consoleText.title}</span>
        </span>
        {open && signedIn && (
          <button type="button" className="button small quiet" data-testid="sign-out" onClick={() => session.signOut()}>
            {consoleText.signOut}
          </button>
        )}
      </header>
      {open && (
        <div className="console-side">
          <Views route={route} />
          <ServerLine key={String(signedIn)} route={route} />
        </div>
      )}
      <main id="main" ref={main} tabIndex={-1} className="console-main">
        {open ? <View key={place} route={route} /> : <SignIn />}
      </main>
    </div>
  );
}

function Views({ route }: { route: Route }): ReactElement {
  return (
    <nav className="console-nav" aria-label={consoleText.navigation}>
      <ul>
        {VIEWS.map((view) => (
          <li key={view}>
            <a href={hashOf(view, null, writeFilters({}, tenantIn(route.query)))} data-testid={`nav-${view}`} aria-current={view === route.view ? "page" : undefined}>
              <ConsoleIcon name={view} />
              <span>
                {consoleText.views[view].short}
                <span className="wide-only">{consoleText.views[view].more}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function followAddress(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

/** Another view is another page: a screen reader and the scroll position begin at its top. */
function useFocusOnMove(main: RefObject<HTMLElement | null>, place: string): void {
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [main, place]);
}
