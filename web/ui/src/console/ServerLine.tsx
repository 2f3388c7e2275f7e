/** Which server this is, and whose records of it are shown. */

import type { ReactElement } from "react";

import { tenantIn, writeFilters } from "./filters";
import { readOverview } from "./overview";
import { go, hashOf, type Route } from "./routes";
import { consoleText } from "../text";
import { useAnswer } from "./useAnswer";

/** Silent where it does not come: the view tells of the failure. */
export function ServerLine({ route }: { route: Route }): ReactElement | null {
  const { value: overview } = useAnswer("", readOverview);
  if (!overview) return null;
  const tenant = tenantIn(route.query);
  const tenants = overview.tenants.includes(tenant) ? overview.tenants : [tenant, ...overview.tenants];
  return (
    <div className="server-line">
      {tenants.length > 1 && (
        <div>
          <label htmlFor="tenant">{consoleText.tenant}</label>
          <select
            id="tenant"
            className="field"
            data-testid="tenant"
            value={tenant}
            onChange={(event) => go(hashOf(route.view, null, writeFilters({}, event.target.value)))}
          >
            {tenants.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </div>
      )}
      <p className="fine">{consoleText.server(overview.version, overview.agent)}</p>
      <p className="fine">{consoleText.access[overview.access]}</p>
    </div>
  );
}
