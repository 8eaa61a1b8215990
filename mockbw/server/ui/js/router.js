/**
 * The address after the `#`: `#/ACCOUNT/VIEW/ID?filters`. Everything that a user may want to share or return to is in it.
 */

/** Return `{account, view, id, query}` of a hash; parts that are missing are null. */
export function parse(hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").map(decoded);
  return { account: parts[0] || null, view: parts[1] || null, id: parts[2] || null, query: new URLSearchParams(search) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Return the address of a route. */
export function address({ account, view, id = null, query = null }) {
  const path = [account, view, id].filter((part) => part !== null && part !== undefined).map(encodeURIComponent).join("/");
  const search = query === null ? "" : new URLSearchParams(query).toString();
  return `#/${path}${search && `?${search}`}`;
}

/** Navigate to a route; `replace` adds no entry to the browser's history. */
export function go(route, { replace = false } = {}) {
  const wanted = typeof route === "string" ? route : address(route);
  if (wanted === location.hash) return;
  if (!replace) location.hash = wanted;
  else {
    history.replaceState(null, "", wanted);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}
