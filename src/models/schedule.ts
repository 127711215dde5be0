/** @file Learning-rate schedules: a factor in [0, 1] for each step of a training run. */

export const SCHEDULES = ['cosine', 'coslog4', 'constant'] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** Share of the steps over which 'cosine' rises linearly from 0. */
const WARM_UP_SHARE = 0.03;

/**
 * Factor on the base learning rate at step `step` of `steps` (0-based).
 *
 * Source   coslog4: Holzmueller et al. 2024 (RealMLP): (1 - cos(2 pi log2(1 + 15 t))) / 2, four cycles
 */
export function scheduleFactor(schedule: Schedule, step: number, steps: number): number {
  const t = steps > 1 ? step / steps : 0;
  if (schedule === 'constant') return 1;
  if (schedule === 'coslog4') return 0.5 * (1 - Math.cos(2 * Math.PI * Math.log2(1 + 15 * t)));
  const warmUp = Math.max(1, Math.ceil(WARM_UP_SHARE * steps));
  if (step < warmUp) return (step + 1) / warmUp;
  return 0.5 * (1 + Math.cos((Math.PI * (step - warmUp)) / Math.max(1, steps - warmUp)));
}
