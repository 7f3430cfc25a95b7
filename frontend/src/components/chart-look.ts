/** How every chart draws its axes; what is true of one chart alone stands beside it. */
export const chartTick = { fontSize: 12, fill: 'var(--text-2)' };
export const chartMargin = { top: 8, right: 8, bottom: 0, left: 0 };

export const timeAxis = {
  dataKey: 'label',
  tick: chartTick,
  tickLine: false,
  axisLine: { stroke: 'var(--border-strong)' },
  minTickGap: 24,
};

export const countAxis = {
  width: 44,
  allowDecimals: false,
  tick: chartTick,
  tickLine: false,
  axisLine: false,
  tickCount: 5,
};
