/** The view that the address names. */

import type { ReactElement } from "react";

import { ConversationList } from "./ConversationList";
import { ConversationView } from "./ConversationView";
import { DeletionsView } from "./DeletionsView";
import { EnginesView } from "./EnginesView";
import { GoalsView } from "./GoalsView";
import { LiveCallsView } from "./LiveCallsView";
import { PersonView } from "./PersonView";
import type { Route } from "./routes";
import { SettingsView } from "./SettingsView";

export function View({ route: { view, id, query } }: { route: Route }): ReactElement {
  switch (view) {
    case "live":
      return <LiveCallsView />;
    case "conversations":
      return id === null ? <ConversationList query={query} /> : <ConversationView id={id} query={query} />;
    case "people":
      return id === null ? <ConversationList query={query} /> : <PersonView id={id} query={query} />;
    case "goals":
      return <GoalsView query={query} />;
    case "engines":
      return <EnginesView />;
    case "settings":
      return <SettingsView />;
    case "deletions":
      return <DeletionsView query={query} />;
  }
}
