/** Which view the address names: all of it lies after the `#`, so that it can be kept and sent to oneself. */

export const VIEWS = ["live", "conversations", "goals", "engines", "settings", "deletions"] as const;
export type ViewName = (typeof VIEWS)[number];
const PLACES = [...VIEWS, "people"] as const;
/** Where one can be; people are reached from their calls only. */
export type Place = (typeof PLACES)[number];

export interface Route {
  view: Place;
  /** One record of the view, such as one conversation. */
  id: string | null;
  query: URLSearchParams;
}

/** `#/conversations/<id>?q=guitar`; what is not known leads to the first view. */
export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const [name, id] = path.split("/");
  const view = PLACES.find((each) => each === name);
  return { view: view ?? "live", id: view && id ? decoded(id) : null, query: new URLSearchParams(view ? query : "") };
}

export function hashOf(view: Place, id: string | null = null, query = new URLSearchParams()): string {
  const asked = query.toString();
  return `#/${view}${id === null ? "" : `/${encodeURIComponent(id)}`}${asked && `?${asked}`}`;
}

export function go(hash: string): void {
  location.hash = hash;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
