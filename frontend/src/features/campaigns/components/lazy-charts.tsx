import { lazy } from 'react';

const charts = () => import('./campaign-charts.tsx');

export const OutcomeChart = lazy(() => charts().then(({ OutcomeChart: chart }) => ({ default: chart })));
export const ForecastChart = lazy(() => charts().then(({ ForecastChart: chart }) => ({ default: chart })));
