/** Formats times, spans and counts for people. Times are virtual, and in UTC as in the API unless the user chose otherwise. */

const CHOICE = "mockbw.times";

let shown = localStorage.getItem(CHOICE) ?? "utc";

/** How times are shown: `utc`, `local` for the browser's zone, or `relative` in lists, by how long ago it was. */
export const times = {
  get shown() {
    return shown;
  },
  choose(how) {
    shown = how;
    localStorage.setItem(CHOICE, how);
  },
};

/** An instant as ISO 8601 in the chosen zone. */
const zoned = (ms) => new Date(shown === "local" ? ms - new Date(ms).getTimezoneOffset() * 60_000 : ms).toISOString();

/** The zone that times are shown in: `UTC`, `Europe/Berlin`. */
export const zone = () => (shown === "local" ? Intl.DateTimeFormat().resolvedOptions().timeZone : "UTC");

/** Milliseconds since the epoch of an ISO instant; null stays null. */
export const instant = (iso) => (iso === null || iso === undefined ? null : Date.parse(iso));

/** `2018-01-24` */
export const day = (ms) => zoned(ms).slice(0, 10);

/** `Wed 2018-01-24` */
export const dayName = (ms) => `${new Date(`${day(ms)}T12:00Z`).toLocaleDateString("en", { weekday: "short", timeZone: "UTC" })} ${day(ms)}`;

/** `16:00:03` */
export const time = (ms) => zoned(ms).slice(11, 19);

/** `16:00:03.250` */
export const exact = (ms) => zoned(ms).slice(11, 23);

/** `2018-01-24 16:00:03.250` */
export const whole = (ms) => `${day(ms)} ${exact(ms)}`;

/** A time in a list: `16:00:03`, or `5 m ago` if relative times were chosen. `now` is virtual time, null while unknown. */
export const when = (ms, now) => (shown !== "relative" || now === null ? time(ms) : ms > now ? `in ${span(ms - now)}` : now - ms < 1000 ? "now" : `${coarse(now - ms)} ago`);

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
];

/** A span in its two largest units: `450 ms`, `2.5 s`, `1 m 30 s`, `23 h 58 m`. */
export function span(ms) {
  const size = Math.abs(ms);
  if (size < 1000) return `${Math.round(size)} ms`;
  if (size < 10_000) return `${Number((size / 1000).toFixed(2))} s`;
  let rest = Math.round(size / 1000) * 1000;
  const parts = [];
  for (const [unit, length] of UNITS) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

/** A span in its largest unit: `2 h`. */
const coarse = (ms) => span(ms).split(" ").slice(0, 2).join(" ");

/** How much later than `since`: `+2.5 s`. */
export const offset = (ms, since) => (ms === since ? "+0" : `${ms < since ? "−" : "+"}${span(ms - since)}`);

/** `1 message`, `2 messages`, `50,000 messages` */
export const count = (number, word, plural = `${word}s`) => `${number.toLocaleString("en")} ${number === 1 ? word : plural}`;

/** Wall latency: `3 ms`, `1.2 s` */
export const latency = (ms) => (ms < 10 ? `${Number(ms.toFixed(1))} ms` : span(ms));

/** JSON with indentation; anything else unchanged. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The URL if it is safe to link to, else null. */
export function webUrl(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}
