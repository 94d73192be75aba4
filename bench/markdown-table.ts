// Reads the tables of the report: a size, a name, then figures.

/** A line of a table: its figures by the heading of their columns, without empty cells. */
export interface Line {
  readonly size: number;
  readonly name: string;
  readonly figures: ReadonlyMap<string, number>;
}

/** Returns the part of the report between the marks of that name. */
export function sectionOf(report: string, name: string): string {
  return report.slice(report.indexOf(`<!-- ${name} -->`), report.indexOf(`<!-- end of ${name} -->`));
}

/** Reads the lines of a table in Markdown. Leaves out cells that are no numbers. */
export function readTable(text: string): Line[] {
  const [head = [], , ...rows] = text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|"))
    .map((cells) => cells.map((cell) => cell.trim()));
  return rows.map((cells) => {
    const figures = cells.flatMap((cell, column): [string, number][] => {
      const [, number, thousands] = /^(-?[\d.]+)(k?)$/.exec(cell) ?? [];
      return column < 2 || number === undefined
        ? []
        : [[head[column] ?? "", Number(number) * (thousands === "k" ? 1000 : 1)]];
    });
    return { size: Number(cells[0]), name: cells[1] ?? "", figures: new Map(figures) };
  });
}
