/** Snippets that point an application to this server, for copying. */

import { BASE_URL } from "./api.js";
import { createBody, messagesUrl } from "./platform.js";

export const EXAMPLE = { from: "+19195550199", to: "+19195550100", application: "93de2206-9669-4e07-948d-329f4b722ee2", text: "Hello from mockbw" };

/** Quote a word for the shell. */
const shell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The create request of a message as a curl command. */
export function curl(account, message) {
  const body = createBody({ ...message, to: Array.isArray(message.to) ? message.to : [message.to] });
  return `curl -u user:secret -H 'Content-Type: application/json' \\\n  ${messagesUrl(account)} \\\n  -d ${shell(JSON.stringify(body))}`;
}

/** Headers that curl sets by itself, or whose values the page never sees. */
const LEFT_OUT = /^(content-length|host|authorization|user-agent|accept|accept-encoding|connection)$/i;

const headerArguments = (headers) => headers.filter(([name]) => !LEFT_OUT.test(name)).map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`);

/** A request to the platform's API as a curl command. */
export function curlRequest({ method, path, contents }, body) {
  const headers = contents?.headers ?? (body ? [["Content-Type", "application/json"]] : []);
  const sent = ["-u user:secret", ...headerArguments(headers), ...(body ? [`--data-binary ${shell(body)}`] : [])];
  return `curl -X ${method} ${shell(new URL(path.replace(/^\//, ""), document.baseURI).href)} \\\n  ${sent.join(" \\\n  ")}`;
}

/** A callback as a curl command; without credentials, which the page never sees. */
export function curlCallback({ url, headers, body }) {
  return `curl -X POST ${shell(url)} \\\n  ${[...headerArguments(headers), `--data-binary ${shell(body)}`].join(" \\\n  ")}`;
}

/** `{title, text}` of each way to point an application to this server. */
export function snippets(account) {
  const { from, to, application, text } = EXAMPLE;
  return [
    {
      title: "Python",
      text: `import bandwidth

config = bandwidth.Configuration(
    username="user", password="secret",
    host="${BASE_URL}",
    ignore_operation_servers=True,
)
api = bandwidth.MessagesApi(bandwidth.ApiClient(config))
api.create_message("${account}", bandwidth.MessageRequest(
    application_id="${application}",
    to=["${to}"], var_from="${from}", text="${text}",
))`,
    },
    {
      title: "Node",
      text: `import { Configuration, MessagesApi } from "bandwidth-sdk";

const config = new Configuration({
  username: "user", password: "secret",
  basePath: "${BASE_URL}",
});
await new MessagesApi(config).createMessage("${account}", {
  applicationId: "${application}",
  to: ["${to}"], from: "${from}", text: "${text}",
});`,
    },
    { title: "curl", text: curl(account, EXAMPLE) },
  ];
}
