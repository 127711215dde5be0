/** @file A shallow axis LRNN as a form that a reader can compute: formulas, its strongest neurons, and all numbers. */

import type { ExactForm } from '../../../explain/index.js';
import type { FigureTable } from '../../plots/svg.js';
import { formatNumber, formatPercent, plural } from '../../words/format.js';

/** A shallow model written out. */
export interface ExactView {
  readonly lead: string;
  /** One line each. */
  readonly formulas: readonly string[];
  readonly neurons: FigureTable;
  readonly linear: FigureTable | null;
  readonly writtenLead: string;
  /** All numbers, tab-separated below headings; null where they are too many for a page. */
  readonly written: string | null;
}

/** `tanh(ω x + β)` and the like. */
const ACTIVATION_TEXT: Readonly<Record<ExactForm['activation'], (u: string) => string>> = {
  sin: (u) => `sin(${u})`,
  tanh: (u) => `tanh(${u})`,
  relu: (u) => `max(0, ${u})`,
  spder: (u) => `sin(u) √|u|, u = ${u}`,
  silu: (u) => `u / (1 + e⁻ᵘ), u = ${u}`,
};

/** `classes` are none for regression. */
export function exactView(form: ExactForm, classes: readonly string[]): ExactView {
  const { neurons, neuronsFor90, linear, rank, written } = form;
  const signed = (values: readonly number[]): string => values.map(numberOf).join(', ');
  const outputs = classes.length > 2 ? ` (in the order ${classes.join(', ')})` : '';
  return {
    lead: `This model is shallow: these lines are all of it, here with the numbers of the first fold. The curves above are f of its ${plural(neurons.length, 'strongest neuron')} of ${rank}; ${plural(neuronsFor90, 'neuron')} hold 90 % of its strength.`,
    formulas: [
      `score = ${signed(form.constant)} + Σₗ wₗ (pₗ − m) / s${linear.length > 0 ? ' + Σⱼ vⱼ xⱼ' : ''}${outputs}`,
      `pₗ = Πⱼ fₗⱼ(xⱼ), the product of neuron l; m is the mean of all ${rank} products of the row, s = √(their variance + 0.00001)`,
      `fₗⱼ(x) = cₗⱼ + Σₕ aₗⱼₕ ${ACTIVATION_TEXT[form.activation]('ωₕ x + βₕ')}; h = 1 … ${form.hidden}`,
      predictionLine(form, classes),
    ],
    neurons: {
      columns: ['Neuron', 'Share', 'Weight w', 'Columns that move it most (standard deviation of the factor)'],
      rows: neurons.map(({ neuron, share, weights, columns }) => [
        String(neuron),
        formatPercent(share),
        signed(weights),
        columns.map(({ column, deviation }) => `${column} ${formatNumber(deviation, 2)}`).join(' × '),
      ]),
    },
    linear:
      linear.length === 0
        ? null
        : {
            columns: ['Prepared column', 'Weight v'],
            rows: linear.map(({ name, weights }) => [name, signed(weights)]),
          },
    writtenLead:
      written === null
        ? 'It has more numbers than a page should hold; lrnn export --format js writes them as a program.'
        : 'Every number, to compute with: how a prepared column x comes from a cell v, with clip(u) = u / √(1 + u²/9); constant, w and v; ω, β, c and a of every neuron and column; one row of the table as an example. Cells are separated by tabs, so it can be pasted into a spreadsheet.',
    written,
  };
}

function predictionLine({ bounds, back }: ExactForm, classes: readonly string[]): string {
  if (bounds)
    return `prediction = ${scoreBack(back)}, not below ${numberOf(bounds[0])} nor above ${numberOf(bounds[1])}`;
  return classes.length === 2
    ? `P(${classes[1]}) = 1 / (1 + e^−score), before calibration`
    : 'P(class) = e^score of the class / Σ e^score of all classes, before calibration';
}

/** From the score to the target's units. */
function scoreBack(back: ExactForm['back']): string {
  return back ? `${numberOf(back.factor)} e^score` : 'score';
}

/** Four significant digits. */
function numberOf(value: number): string {
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) >= 1000 ? formatNumber(rounded, 0) : String(rounded).replace('-', '−');
}
