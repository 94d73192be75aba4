// Addresses of views, in the part of the URL after "#".

export interface Place {
  /** Name of the view, such as "rooms". */
  readonly view: string;
  /** What it shows, such as a room. */
  readonly of: string | undefined;
  readonly query: URLSearchParams;
}

/** Reads the part of a URL that begins with "#". */
export function readPlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const [view = "", of] = path.split("/", 2).map(decoded);
  return {
    view: view === "" ? "overview" : view,
    of: of === "" ? undefined : of,
    query: new URLSearchParams(query),
  };
}

/** Returns the address of a view. */
export function linkTo(view: string, of?: string, query: Readonly<Record<string, string>> = {}): string {
  const values = Object.entries(query).filter(([, value]) => value !== "");
  const search = values.length === 0 ? "" : `?${new URLSearchParams(values)}`;
  return `#/${view}${of === undefined ? "" : `/${encodeURIComponent(of)}`}${search}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
