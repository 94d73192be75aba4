// A small chart of a figure over time, with its meaning as text.
import { type Children, html } from "./html.ts";

const [WIDTH, HEIGHT] = [240, 56];

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  /** The latest value is last. */
  readonly values: readonly number[];
  /** Values that the width has room for. */
  readonly samples: number;
}

export function Chart({ title, unit, values, samples }: ChartProps): Children {
  const latest = values.at(-1) ?? 0;
  const [lowest, highest] = [Math.min(...values, latest), Math.max(...values, latest)];
  const meaning = `${title}: now ${latest} ${unit}, between ${lowest} and ${highest} in the last minutes`;
  return html`<figure>
    <figcaption><span>${title}</span> <strong>${latest.toLocaleString("en-GB")}</strong> ${unit}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${meaning} preserveAspectRatio="none">
      <polyline points=${pointsOf(values, samples)} />
    </svg>
    <p class="help">${lowest.toLocaleString("en-GB")} to ${highest.toLocaleString("en-GB")}</p>
  </figure>`;
}

/** Returns the points of a line that ends at the right. The lowest line stands for 0. */
export function pointsOf(values: readonly number[], samples: number): string {
  const highest = Math.max(1, ...values);
  const step = WIDTH / (samples - 1);
  const at = (value: number, index: number): string => {
    const x = WIDTH - (values.length - 1 - index) * step;
    const y = HEIGHT - 2 - (value / highest) * (HEIGHT - 4);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  const [first] = values;
  // One value is a line, too.
  return (values.length === 1 && first !== undefined ? [first, first] : values).map(at).join(" ");
}
