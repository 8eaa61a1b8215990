/** Counts the segments of a text on a carrier's network, in the same way as `mockbw/core/segments.py`, which a test compares. */

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENSION = new Set("^{}\\[~]|€\f");

/**
 * Count a text: `{alphabet, used, size, segments, foreign}`. `used` of `size` units of all its segments are taken; `foreign`
 * are the characters that are not in GSM-7, each once: they make the whole text UCS-2.
 */
export function segmentsOf(text) {
  const characters = [...text];
  const foreign = [...new Set(characters)].filter((one) => !BASIC.has(one) && !EXTENSION.has(one));
  const gsm = foreign.length === 0;
  const costs = characters.map((one) => (gsm ? (EXTENSION.has(one) ? 2 : 1) : one.length));
  const [single, concatenated] = gsm ? [160, 153] : [70, 67];
  const used = costs.reduce((sum, cost) => sum + cost, 0);
  const segments = used <= single ? 1 : filled(costs, concatenated);
  return { alphabet: gsm ? "GSM-7" : "UCS-2", used, size: segments === 1 ? single : segments * concatenated, segments, foreign };
}

/** A character is never split over two segments. */
function filled(costs, room) {
  let segments = 1;
  let used = 0;
  for (const cost of costs) {
    if (used + cost > room) {
      segments++;
      used = 0;
    }
    used += cost;
  }
  return segments;
}
