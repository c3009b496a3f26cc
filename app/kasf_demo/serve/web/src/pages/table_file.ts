// The table of angles (NAME.angles.csv): the columns of one person.

export interface Table {
  names: string[];
  times: number[];
  columns: Map<string, (number | null)[]>;
}

export interface Column {
  values: (number | null)[];
  sigmas: (number | null)[];
  unit: string;
}

/** The rows of `person`; cells that are empty or no number are null. */
export function readTable(content: string, person: number): Table {
  const lines = content.trimEnd().split(/\r?\n/);
  const names = (lines.shift() ?? "").split(",");
  const [time, who] = [names.indexOf("time_s"), names.indexOf("person")];
  const cells = names.map((): (number | null)[] => []);
  for (const line of lines) {
    const row = line.split(",");
    if (row[who] !== String(person)) continue;
    names.forEach((_, n) => {
      const text = row[n] ?? "";
      const value = text === "" ? NaN : Number(text);
      cells[n]!.push(Number.isFinite(value) ? value : null);
    });
  }
  const columns = new Map(names.map((name, n) => [name, cells[n]!]));
  return { names, times: time < 0 ? [] : cells[time]!.map((v) => v ?? 0), columns };
}

/** An angle or speed with its uncertainty; null if the table has none that is known. */
export function columnOf(table: Table, key: string): Column | null {
  for (const [end, unit] of [["_deg", "°"], ["_m_per_s", "m/s"]] as const) {
    const values = table.columns.get(key + end);
    if (values?.some((v) => v !== null)) return { values, sigmas: table.columns.get(`${key}_sigma${end}`) ?? values.map(() => null), unit };
  }
  return null;
}
