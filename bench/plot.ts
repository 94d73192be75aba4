// Line charts with logarithmic axes, as SVG.

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly x: string;
  readonly lines: readonly Line[];
}

const WIDTH = 420;
const HEIGHT = 300;
const EDGE = { left: 56, right: 12, top: 30, bottom: 40 };
const LEGEND = 18;
/** Colours that colour-blind people can tell apart (Okabe and Ito). */
const COLOURS = ["#0072b2", "#000000", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999"];

/** Draws panels side by side with one legend. A name has the same colour in all panels. */
export function plot(panels: readonly Panel[]): string {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const colourOf = (name: string): string => COLOURS[names.indexOf(name) % COLOURS.length] ?? "black";
  const width = panels.length * WIDTH;
  const rows = Math.ceil(names.length / 4);
  const legend = names.map((name, index) => {
    const [x, y] = [EDGE.left + (index % 4) * 195, HEIGHT + LEGEND * (1 + Math.floor(index / 4))];
    return `<path d="M${x} ${y - 4}h18" stroke="${colourOf(name)}" stroke-width="3"/><text x="${x + 24}" y="${y}">${name}</text>`;
  });
  const title = panels.map((panel) => `${panel.title} by ${panel.x}`).join("; ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT + LEGEND * (rows + 1)}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...panels.map(
      (panel, index) => `<g transform="translate(${index * WIDTH})">${draw(panel, colourOf)}</g>`,
    ),
    ...legend,
    "</svg>",
    "",
  ].join("\n");
}

function draw({ title, x, lines }: Panel, colourOf: (name: string) => string): string {
  const points = lines.flatMap((line) => line.points);
  const toX = scale(
    points.map(([value]) => value),
    EDGE.left,
    WIDTH - EDGE.right,
  );
  const toY = scale(
    points.map(([, value]) => value),
    HEIGHT - EDGE.bottom,
    EDGE.top,
  );
  const [left, bottom] = [EDGE.left, HEIGHT - EDGE.bottom];
  return [
    `<text x="${left}" y="18" font-weight="bold">${title}</text>`,
    ...toX.ticks.map(
      (tick) =>
        `<path d="M${toX.at(tick)} ${bottom}V${EDGE.top}" stroke="#ddd"/><text x="${toX.at(tick)}" y="${bottom + 15}" text-anchor="middle">${short(tick)}</text>`,
    ),
    ...toY.ticks.map(
      (tick) =>
        `<path d="M${left} ${toY.at(tick)}H${WIDTH - EDGE.right}" stroke="#ddd"/><text x="${left - 5}" y="${toY.at(tick) + 4}" text-anchor="end">${short(tick)}</text>`,
    ),
    `<text x="${(left + WIDTH) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${x}</text>`,
    ...lines.map(({ name, points }) => {
      const marks = points.map(
        ([px, py]) => `<circle cx="${toX.at(px)}" cy="${toY.at(py)}" r="3" fill="${colourOf(name)}"/>`,
      );
      const path = points.map(([px, py]) => `${toX.at(px)} ${toY.at(py)}`).join("L");
      return `<path d="M${path}" fill="none" stroke="${colourOf(name)}" stroke-width="2"/>${marks.join("")}`;
    }),
  ].join("\n");
}

/** Maps the powers of ten around all values to a range of the picture. */
function scale(values: readonly number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    at: (value: number): number =>
      Math.round(from + ((Math.log10(value) - low) / (high - low)) * (to - from)),
  };
}

const short = (value: number): string =>
  value >= 1e6 ? `${value / 1e6}M` : value >= 1000 ? `${value / 1000}k` : String(value);
