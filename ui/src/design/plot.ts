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
}

/** A way to draw, or the library's own where it has been built without that one. */
function paths(builder: uPlot.Series.PathBuilder | undefined): Pick<uPlot.Series, 'paths'> {
  return builder ? { paths: builder } : {};
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
      {
        label: look.labels[0] ?? '',
        fill: look.colours[0],
        stroke: look.colours[0],
        width: 0,
        points: { show: false },
        ...paths(uPlot.paths.bars?.({ size: [0.62, 40], radius: 0.18 })),
      },
      ...look.labels.slice(1).map((label) => ({
        label,
        stroke: look.colours[1],
        width: 2.5,
        dash: [5, 5],
        points: { show: false },
        ...paths(uPlot.paths.spline?.()),
      })),
    ],
  };
  return new uPlot(options, data, place);
}
