// Round numbers between two values, about `count` of them and no fewer than two.
export function ticks(low: number, high: number, count: number): number[] {
  const found = roundNumbers(low, high, count);
  return found.length < 2 && count < 100 ? ticks(low, high, 2 * count) : found;
}

function roundNumbers(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
  const out: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) out.push(k * step);
  return out;
}

export const trimmed = (value: number) => String(Number(value.toFixed(3)));
