/** The page: everything around the views, and the routing of the address to a view. */

import { onTokenWanted } from "./api.js";
import { clockBar } from "./clock.js";
import { show } from "./dom.js";
import { time } from "./format.js";
import { keys } from "./keys.js";
import { gateCard } from "./gate.js";
import { go, parse } from "./router.js";
import { say } from "./says.js";
import { reason, refreshAccounts, store, useAccount } from "./store.js";
import { side, VIEWS } from "./side.js";
import { tallies, watchTallies } from "./tallies.js";
import { askForToken } from "./token.js";
import { accountView } from "./views/account.js";
import { endpointView } from "./views/endpoint.js";
import { handsetView } from "./views/handset.js";
import { messagesView } from "./views/messages.js";
import { requestsView } from "./views/requests.js";
import { scenariosView } from "./views/scenarios.js";

const MAKERS = {
  messages: messagesView,
  handset: handsetView,
  scenarios: scenariosView,
  endpoint: endpointView,
  requests: requestsView,
  account: accountView,
};

/** The account that is suggested when there is none yet. */
const FIRST_ACCOUNT = "9900000";

const main = document.getElementById("main");

/** The view on the page: its name and account, `element`, `route(route)`, `close()`. */
let open = null;

function follow() {
  const route = parse(location.hash);
  const account = route.account ?? store.accounts[0]?.name ?? FIRST_ACCOUNT;
  const view = route.view in MAKERS ? route.view : "messages";
  if (route.account !== account || route.view !== view) {
    go({ account, view }, { replace: true });
    return;
  }
  if (account !== store.account) useAccount(account);
  if (open?.account !== account || open?.name !== view) {
    open?.close();
    open = { name: view, account, ...MAKERS[view](account) };
    main.replaceChildren(open.element);
    main.dataset.view = view;
    if (started) main.focus({ preventScroll: true });
  }
  open.route(route);
  tallies.look(view);
  drawSide();
  retitle();
}

let started = false;

const drawSide = () => side(document.getElementById("side"), open?.name);

function retitle() {
  const now = store.now();
  const title = VIEWS.find(({ name }) => name === open?.name)?.title ?? "";
  const first = store.live === false ? "Not live" : now === null ? null : time(now);
  const news = tallies.sum > 0 ? `(${tallies.sum}) ` : "";
  const wanted = news + [first, title, "mockbw"].filter(Boolean).join(" · ");
  if (document.title !== wanted) document.title = wanted;
}

async function start() {
  onTokenWanted(askForToken);
  clockBar(document.getElementById("clock"));
  for (const what of ["accounts", "line", "tallies"]) store.on(what, drawSide);
  store.on("tallies", retitle);
  watchTallies();
  store.on("line", () => {
    document.getElementById("shell").dataset.live = String(store.live);
    retitle();
  });
  store.on("clock", retitle);
  setInterval(retitle, 1000);
  addEventListener("hashchange", follow);
  // A bug must not go unnoticed: the view may be incomplete.
  addEventListener("error", (event) => say(`This page has a bug: ${event.message}`, { bad: true }));
  addEventListener("unhandledrejection", (event) => say(reason(event.reason), { bad: true }));
  keys({ view: () => open });
  for (;;) {
    try {
      await refreshAccounts();
      break;
    } catch (error) {
      show(main, gateCard(error));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  follow();
  started = true;
}

start();
