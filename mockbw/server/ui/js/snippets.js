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

/** A callback as a curl command; without credentials, which the page never sees. */
export function curlCallback({ url, headers, body }) {
  const sent = headers.filter(([name]) => !/^(content-length|host|authorization)$/i.test(name)).map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`);
  return `curl -X POST ${shell(url)} \\\n  ${[...sent, `--data-binary ${shell(body)}`].join(" \\\n  ")}`;
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
