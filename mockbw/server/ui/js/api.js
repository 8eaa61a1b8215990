/** The client of the control API: one function to call it, one kind of error, and the token if the server requires one. */

const ROOT = new URL("_mockbw/", document.baseURI);

/** The base URL of the platform's API on this server, for applications. */
export const BASE_URL = new URL("api/v2", document.baseURI).href;

const TOKEN = "mockbw.token";

/** A failed request. `answer` has `error`, `hint`, `problems`, `holds`; `status` is 0 when there was no response. */
export class ApiError extends Error {
  constructor(status, answer) {
    super(answer.hint ? `${answer.error} ${answer.hint}` : answer.error);
    this.status = status;
    this.answer = { problems: [], holds: [], ...answer };
  }
}

let noAnswer = () => {};

/** Set the function that is called when the server does not respond at all. */
export function onNoAnswer(listener) {
  noAnswer = listener;
}

let askForToken = null;

/** Set the function that asks the user for the control token: it returns a promise of the token. */
export function onTokenWanted(ask) {
  let asking = null;
  askForToken = (wrong) => (asking ??= ask(wrong).then((token) => {
    sessionStorage.setItem(TOKEN, token);
    asking = null;
  }));
}

/** Make a request below `/_mockbw/` and return the successful response. */
export async function request(method, path, { query, body, type = "application/json", headers = {}, signal } = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  for (;;) {
    const token = sessionStorage.getItem(TOKEN);
    const sent = { ...headers };
    if (token !== null) sent.Authorization = `Bearer ${token}`;
    if (body !== undefined) sent["Content-Type"] = type;
    let response;
    try {
      response = await fetch(url, { method, headers: sent, signal, cache: "no-store", body: encoded(body, type) });
    } catch (error) {
      if (signal?.aborted) throw error;
      noAnswer();
      throw new ApiError(0, { error: "The server does not respond.", hint: "Is mockbw still running?" });
    }
    if (response.status === 401 && askForToken !== null) await askForToken(token !== null);
    else if (response.ok) return response;
    else throw new ApiError(response.status, await errorIn(response));
  }
}

const encoded = (body, type) => (body === undefined || body instanceof Blob || type !== "application/json" ? body : JSON.stringify(body));

async function errorIn(response) {
  try {
    return await response.json();
  } catch {
    return { error: `The server answered ${response.status} ${response.statusText}`, hint: "" };
  }
}

/** Make a request and return the JSON of the response; null when it has none. */
export async function call(method, path, options) {
  const response = await request(method, path, options);
  return response.status === 204 ? null : await response.json();
}

/** Get JSON. */
export const get = (path, query, options) => call("GET", path, { query, ...options });

/** A path below an account: `of("990", "messages", id)`. */
export const of = (account, ...rest) => ["accounts", account, ...rest].map(encodeURIComponent).join("/");
