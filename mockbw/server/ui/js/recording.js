/** A message that went its way, as the scenario that makes others go it, too. */

import { instant } from "./format.js";

/** A JSON string is a YAML string. */
const quoted = JSON.stringify;

/** Return the YAML of a scenario that plays what the message has been through so far. */
export function scenarioOf(message) {
  const since = instant(message.time);
  const steps = message.history
    .filter(({ type }) => type === "callback-created" || type === "callback-withheld")
    .map(({ time, data: { event } }) => ({ after: instant(time) - since, event }));
  const seen = new Set();
  const lines = [
    `name: like-${message.id.slice(-6)}`,
    `description: What happened to message ${message.id}.`,
    "match:",
    `  kind: ${message.kind}`,
    `  to: ${quoted(message.to[0])}`,
    "timeline:",
  ];
  for (const { after, event } of steps) {
    // The same event for each recipient of a group is one step of the timeline.
    const key = `${event.type} ${event.error}`;
    if (seen.has(key)) continue;
    seen.add(key);
    lines.push(`  - callback: ${event.type}`, `    at: ${Math.round(after)}ms`);
    if (event.error) lines.push(`    error: ${event.error}`);
  }
  if (steps.length === 0) lines.push("  - callback: message-delivered", "    at: 2s");
  return `${lines.join("\n")}\n`;
}
