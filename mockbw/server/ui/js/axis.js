/**
 * Positions of moments on the chart of one message's lifecycle.
 *
 * Half of the width is a logarithmic scale of elapsed time, so that half a second and a day are both visible; the other half
 * is shared equally by all moments, so that neighbours never overlap: thirty retries stay thirty marks. Between two moments
 * the axis is linear. Pure arithmetic, in milliseconds and pixels.
 */

/** Below this many milliseconds the logarithm is nearly linear. */
const KNEE = 250;

/** Round spans for the ticks of an axis. */
const ROUND = [500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000, 2_592_000_000];

/** Moments closer to each other than this share of the elapsed time count as one, since they cannot be distinguished. */
const NEAR = 0.015;

/** Return `{stops, ranks}`: the distinct moments in order, and for each how many distinguishable ones precede it. */
function ranked(moments) {
  const stops = [...new Set(moments)].sort((one, other) => one - other);
  let rank = 0;
  let leader = stops[0];
  const ranks = stops.map((moment) => {
    if (moment - leader > Math.max(20, NEAR * (moment - stops[0]))) {
      rank++;
      leader = moment;
    }
    return rank;
  });
  return { stops, ranks };
}

/** How many moments can be distinguished. */
export const apart = (moments) => ranked(moments).ranks.at(-1) + 1;

/** Return an axis of the moments over `width` pixels: `place(ms)` and `ticks(gap)`. */
export function axis(moments, width) {
  const { stops, ranks } = ranked(moments);
  const start = stops[0];
  const most = Math.max(1, ranks.at(-1));
  const total = stops.at(-1) - start;
  const places = stops.map((moment, index) => {
    if (total === 0) return 0;
    const elapsed = Math.log1p((moment - start) / KNEE) / Math.log1p(total / KNEE);
    return (width * (elapsed + ranks[index] / most)) / 2;
  });

  /** Pixels from the left edge to an instant. */
  function place(instant) {
    if (instant <= start || total === 0) return 0;
    if (instant >= stops.at(-1)) return width;
    const after = stops.findIndex((stop) => stop >= instant);
    const share = (instant - stops[after - 1]) / (stops[after] - stops[after - 1]);
    return places[after - 1] + share * (places[after] - places[after - 1]);
  }

  /** Round times at least `gap` pixels apart, as `{elapsed, x}`; the first is the start itself, which takes `first` pixels. */
  function ticks(gap, first = gap) {
    const found = [{ elapsed: 0, x: 0 }];
    for (const elapsed of ROUND) {
      if (elapsed > total) break;
      const x = place(start + elapsed);
      if (x - found.at(-1).x >= (found.length === 1 ? first : gap)) found.push({ elapsed, x });
    }
    return found;
  }

  return { place, ticks, start, end: stops.at(-1) };
}
