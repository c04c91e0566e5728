/** How Chart.svelte draws: in a file of its own, so that uPlot is fetched when there is something to draw. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Look {
  width: number;
  height: number;
  steps: readonly string[];
  /** Each how many-th step is named, so that names do not run into each other. */
  every: number;
  short: (value: number) => string;
  colours: readonly [string, string];
  ink: string;
  line: string;
  font: string;
  labels: readonly string[];
  /** Whether another series is bars beside the first one, and not a line over it. */
  beside: boolean;
}

/** A way to draw, or the library's own where it has been built without that one. */
function paths(builder: uPlot.Series.PathBuilder | undefined): Pick<uPlot.Series, 'paths'> {
  return builder ? { paths: builder } : {};
}

/** Bars in the middle of their steps, or in the half before (-1) or after (1) it. */
function bar(label: string, colour: string, align: -1 | 0 | 1): uPlot.Series {
  const size: [number, number] = align ? [0.36, 28] : [0.62, 40];
  const look = { label, fill: colour, stroke: colour, width: 0, points: { show: false } };
  return { ...look, ...paths(uPlot.paths.bars?.({ size, align, radius: 0.18 })) };
}

/** The first series as bars, another one as a line over them. */
export function draw(look: Look, data: uPlot.AlignedData, place: HTMLElement): uPlot {
  const axis = { stroke: look.ink, font: look.font, ticks: { show: false } };
  const options: uPlot.Options = {
    width: look.width,
    height: look.height,
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 8, 0, 0],
    scales: {
      x: { time: false, range: () => [-0.6, look.steps.length - 0.4] },
      y: { range: (_, low, high) => [Math.min(low ?? 0, 0), high > 0 ? high * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 32,
        grid: { show: false },
        splits: () => look.steps.map((_, at) => at).filter((at) => at % look.every === 0),
        values: (_, splits) => splits.map((at) => look.steps[at] ?? ''),
      },
      {
        ...axis,
        size: 64,
        grid: { stroke: look.line, width: 1 },
        values: (_, splits) => splits.map((value) => look.short(value)),
      },
    ],
    series: [
      {},
      bar(look.labels[0] ?? '', look.colours[0], look.beside && look.labels.length > 1 ? -1 : 0),
      ...look.labels.slice(1).map((label) =>
        look.beside
          ? bar(label, look.colours[1], 1)
          : {
              label,
              stroke: look.colours[1],
              width: 2.5,
              dash: [5, 5],
              points: { show: false },
              ...paths(uPlot.paths.spline?.()),
            },
      ),
    ],
  };
  return new uPlot(options, data, place);
}
