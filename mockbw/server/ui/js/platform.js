/** The platform's own API on this server, as an application uses it. */

import { BASE_URL } from "./api.js";

/** The body of a create request, without empty fields. */
export function createBody({ from, to, application, text, media, tag, priority, expiration }) {
  const body = { applicationId: application, to, from };
  for (const [name, value] of Object.entries({ text, media, tag, priority, expiration })) {
    if (value !== null && value !== undefined && value.length > 0) body[name] = value;
  }
  return body;
}

/** The URL for creating messages of an account. */
export const messagesUrl = (account) => `${BASE_URL}/users/${encodeURIComponent(account)}/messages`;

/** Make a request as an application; returns a promise of `{status, text, json}` for any response, `status` 0 for none. */
export async function ask(method, url, { headers = {}, body } = {}) {
  let response;
  try {
    response = await fetch(url, { method, headers, body, cache: "no-store", credentials: "omit" });
  } catch {
    return { status: 0, text: "", json: null };
  }
  const text = await response.text();
  return { status: response.status, text, json: parsed(text) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Create a message; `login` is `{user, password}` or null. */
export function send(account, body, login = null) {
  const headers = { "Content-Type": "application/json" };
  if (login !== null) headers.Authorization = `Basic ${base64(`${login.user}:${login.password}`)}`;
  return ask("POST", messagesUrl(account), { headers, body: JSON.stringify(body) });
}

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** The error in a refusal, in any of the platform's forms: `{text, fields: [{fieldName, description}]}`. */
export function refusalOf({ status, text, json }) {
  if (status === 0) return { text: "There was no answer.", fields: [] };
  return { text: json?.description ?? json?.message ?? text.slice(0, 300), fields: json?.fieldErrors ?? [] };
}
