/** The control API as the page uses it: one call, one kind of error, and the token where the server wants one. */

const ROOT = new URL("_mockbw/", document.baseURI);

/** The platform's API on this server, as applications are told. */
export const BASE_URL = new URL("api/v2", document.baseURI).href;

const TOKEN = "mockbw.token";

/** An answer that is no success. `answer` has `error`, `hint`, `problems`, `holds`; `status` is 0 when nobody answered. */
export class ApiError extends Error {
  constructor(status, answer) {
    super(answer.hint ? `${answer.error} ${answer.hint}` : answer.error);
    this.status = status;
    this.answer = { problems: [], holds: [], ...answer };
  }
}

let noAnswer = () => {};

/** Say who is called when the server does not answer at all. */
export function onNoAnswer(listener) {
  noAnswer = listener;
}

let askForToken = null;

/** Say who asks a person for the control token: a function that promises the token. */
export function onTokenWanted(ask) {
  let asking = null;
  askForToken = (wrong) => (asking ??= ask(wrong).then((token) => {
    sessionStorage.setItem(TOKEN, token);
    asking = null;
  }));
}

/** Make a request below `/_mockbw/` and return the response, which is a success. */
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
      throw new ApiError(0, { error: "The server does not answer.", hint: "Is mockbw still running?" });
    }
    if (response.status === 401 && askForToken !== null) await askForToken(token !== null);
    else if (response.ok) return response;
    else throw new ApiError(response.status, await told(response));
  }
}

const encoded = (body, type) => (body === undefined || body instanceof Blob || type !== "application/json" ? body : JSON.stringify(body));

async function told(response) {
  try {
    return await response.json();
  } catch {
    return { error: `The server answered ${response.status} ${response.statusText}`, hint: "" };
  }
}

/** Make a request and return the JSON of its answer; null when it has none. */
export async function call(method, path, options) {
  const response = await request(method, path, options);
  return response.status === 204 ? null : await response.json();
}

/** Ask for JSON. */
export const get = (path, query, options) => call("GET", path, { query, ...options });

/** A path below an account: `of("990", "messages", id)`. */
export const of = (account, ...rest) => ["accounts", account, ...rest].map(encodeURIComponent).join("/");
