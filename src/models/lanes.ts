/** @file Several trainings of networks in one go, on an engine that batches: the folds of a trial or of several, each a lane. */

import { pacer } from '../core/index.js';
import type { BatchedProgram, Engine } from '../engine/index.js';
import type { Course, TrainingRun } from './course.js';
import type { Model, NetworkFit, NetworkRecipe } from './estimator.js';
import type { TrainingPlan } from './network.js';
import { batchSizeOf, modelOf, planTraining, RETRY_RATE, startCourse } from './network.js';

/**
 * One model per fit, each what fitting it alone would give: to the bit on an engine that keeps lanes apart, else to within
 * rounding.
 *
 * Networks of one shape train side by side, as many as memory allows (folds may differ in columns: those make batches of
 * their own); a lane that has stopped early waits for the others. Fits that diverged try again together.
 *
 * Throws   what the engine throws when its device fails: then no model is made
 */
export async function fitTogether(fits: readonly NetworkFit[], engine: Engine): Promise<Model[]> {
  const plans = fits.map(({ recipe, train, ctx }) => planTraining(recipe, train, ctx));
  const firsts = await trainAll(plans, 1, engine);
  const again = plans.flatMap((plan, i) => (firsts[i].divergedAt === null ? [] : [plan]));
  const seconds = await trainAll(again, RETRY_RATE, engine);
  return plans.map((plan, i) => modelOf(plan, firsts[i], seconds[again.indexOf(plan)] ?? null));
}

/** The same word for recipes whose networks have one shape on equal samples: their fits can share a batch. */
export function batchShape(recipe: NetworkRecipe): string {
  const { labelSmoothing, loss, shape } = recipe.training;
  return JSON.stringify([recipe.spec(1, 1), labelSmoothing, loss, shape]);
}

async function trainAll(plans: readonly TrainingPlan[], rateFactor: number, engine: Engine): Promise<TrainingRun[]> {
  const groups = new Map<string, TrainingPlan[]>();
  for (const plan of plans) {
    const key = JSON.stringify([plan.spec, plan.options.loss]);
    groups.set(key, [...(groups.get(key) ?? []), plan]);
  }
  const runs = new Map<TrainingPlan, TrainingRun>();
  for (const group of [...groups.values()].flatMap((all) => split(all, engine))) {
    const results = await trainGroup(group, rateFactor, engine);
    group.forEach((plan, i) => runs.set(plan, results[i]));
  }
  return plans.map((plan) => runs.get(plan)!);
}

/** In parts of about the same size, none with more lanes than memory allows. */
function split(plans: readonly TrainingPlan[], engine: Engine): TrainingPlan[][] {
  const limit = engine.laneLimit?.(plans[0].spec, Math.max(...plans.map(batchSizeOf))) ?? plans.length;
  const parts = Math.ceil(plans.length / limit);
  const bound = (part: number): number => Math.round((part * plans.length) / parts);
  return Array.from({ length: parts }, (_, part) => plans.slice(bound(part), bound(part + 1)));
}

async function trainGroup(plans: readonly TrainingPlan[], rateFactor: number, engine: Engine): Promise<TrainingRun[]> {
  const batchSize = Math.max(...plans.map(batchSizeOf));
  const courses = plans.map((plan) => startCourse(plan, rateFactor));
  const program = engine.compileBatch!(plans[0].spec, { ...plans[0].options, batchSize }, plans.length);
  try {
    program.setParameters(courses.map(({ first }) => first));
    const pause = pacer(plans[0].ctx.signal);
    while (courses.some((course) => !course.isOver)) await runEpoch(program, courses, pause);
    const weights = await program.kept();
    return courses.map((course, lane) => course.result(weights[lane]));
  } finally {
    program.dispose();
  }
}

/** Steps that the device may be behind. */
const STEPS_AHEAD = 32;

/** One epoch of every lane that goes on; those with fewer batches wait at its end. */
async function runEpoch(
  program: BatchedProgram,
  courses: readonly Course[],
  pause: () => Promise<void> | undefined,
): Promise<void> {
  const goesOn = courses.map((course) => !course.isOver);
  courses.forEach((course, lane) => goesOn[lane] && course.beginEpoch());
  const steps = Math.max(...courses.map((course, lane) => (goesOn[lane] ? course.batches : 0)));
  for (let b = 0; b < steps; b++) {
    program.step(courses.map((course, lane) => (goesOn[lane] && b < course.batches ? course.nextStep() : null)));
    if ((b + 1) % STEPS_AHEAD === 0) await program.drain();
    const due = pause();
    if (due) await due;
  }
  const losses = await program.readLosses();
  const raws = await program.predict(courses.map((course, lane) => (goesOn[lane] ? course.judge : null)));
  const better = courses.flatMap((course, lane) =>
    goesOn[lane] && course.endEpoch(losses[lane], raws[lane]) ? [lane] : [],
  );
  program.keep(better);
}
