/**
 * Which form of MIX suits a metric: the one that lets the least of the harm through that was put into some of its placebos.
 * Each form keeps the false stops among the placebos to α by itself; which is the best differs from metric to metric
 * (docs/decisions/0029).
 */
import { calibrateEta, type Increments, mixPath } from './calibrate.ts';
import { LOG_CAP } from './defaults.ts';
import { logEvidencePath, logStop } from './evidence.ts';
import { type Form, type FormOptions, LEAST_EVIDENCE, neededAt } from './form.ts';
import { harmRatio } from './let-through.ts';
import { logMeanExp } from './log-sum.ts';
import { risingForms } from './rising-forms.ts';
import { calibrateThreshold } from './threshold-score.ts';
import { mean, type Ticks } from './ticks.ts';

/** A placebo with harm put into it: the increments of each component, and who was exposed in each tick. */
export interface Harmed {
  readonly parts: readonly Increments[];
  readonly exposure: Ticks;
}

/** Power of the one component whose bound is calibrated instead. */
const HALF = 0.5;

/** ln E of a mixture of which one component stays at 1 and the other one comes to this. */
const besideOne = (logEvidence: number): number => logMeanExp([logEvidence, 0]);

/** As the specification has it: each component tempered by itself. By component, the increments of each placebo. */
export function mixForm(
  components: readonly (readonly Increments[])[],
  { alpha, stop = logStop(alpha), caps = LOG_CAP }: FormOptions,
): Form {
  const tempered = components.map((placebos) => calibrateEta(placebos, alpha, stop, caps));
  return {
    name: 'mix',
    etas: tempered.map(({ eta }) => eta),
    logNeeded: stop,
    met: tempered.every(({ met }) => met),
  };
}

/**
 * The forms, each calibrated on the same placebos; the first is that of the specification. By component, the increments of each
 * placebo: adaptive, anchored, and learnt where there is one.
 */
export function formsOf(components: readonly (readonly Increments[])[], options: FormOptions): readonly Form[] {
  const { alpha, stop = logStop(alpha), caps = LOG_CAP } = options;
  const [adaptive = [], anchored = []] = components;
  const [one, other] = [adaptive, anchored].map((placebos) => mixForm([placebos], options));
  const looser = [adaptive, anchored].map((placebos) => calibrateEta(placebos, 2 * alpha, stop, caps).eta);
  const boundOf = (etas: readonly number[], least: number) => {
    const largest = adaptive.map((rows, placebo) => Math.max(...mixPath([rows, anchored[placebo] ?? []], etas, caps)));
    return calibrateThreshold(largest, alpha, least);
  };
  const [adaptiveEta = 0, anchoredEta = 0] = [one, other].map((form) => form?.etas[0]);
  const isMet = (form: Form | undefined) => form?.met === true;
  return [
    { name: 'mix', etas: [adaptiveEta, anchoredEta], logNeeded: stop, met: isMet(one) && isMet(other) },
    { name: 'mix-as-one', etas: looser, logNeeded: boundOf(looser, LEAST_EVIDENCE), met: true },
    { name: 'adaptive', etas: [adaptiveEta, 0], logNeeded: besideOne(stop), met: isMet(one) },
    { name: 'anchored', etas: [0, anchoredEta], logNeeded: besideOne(stop), met: isMet(other) },
    {
      name: 'adaptive-bound',
      etas: [HALF, 0],
      logNeeded: boundOf([HALF, 0], besideOne(LEAST_EVIDENCE)),
      met: true,
    },
    ...risingForms(components, options),
  ];
}

/** ln E of each tick in a form. */
function formPath({ etas, alone }: StoppingForm, parts: readonly Increments[], caps: number | Ticks) {
  if (alone === undefined) return mixPath(parts.slice(0, etas.length), etas, caps);
  return logEvidencePath(parts[alone] ?? [], etas[alone], caps);
}

type StoppingForm = Pick<Form, 'etas' | 'logNeeded' | 'rise' | 'alone'>;

/** Tick at which a form stops; undefined for none. */
export function formStop(
  form: StoppingForm,
  parts: readonly Increments[],
  caps: number | Ticks = LOG_CAP,
): number | undefined {
  const tick = formPath(form, parts, caps).findIndex((logEvidence, index) => logEvidence >= neededAt(form, index));
  return tick < 0 ? undefined : tick;
}

/** The one that lets the least harm through; the first of equal ones, and one that keeps to α where there is one. */
export function bestForm(
  forms: readonly Form[],
  harmed: readonly Harmed[],
  caps: number | Ticks = LOG_CAP,
): Form | undefined {
  const met = forms.filter((form) => form.met);
  const harms = (met.length > 0 ? met : forms).map((form) => ({
    form,
    harm: mean(harmed.map(({ parts, exposure }) => harmRatio(formStop(form, parts, caps), exposure))),
  }));
  const least = Math.min(...harms.map(({ harm }) => harm));
  return harms.find(({ harm }) => harm === least)?.form ?? forms[0];
}
