/** Options that the commands about the past have in common. */
import { InvalidArgumentError, Option } from 'commander';
import type { Duration } from '../core/time.ts';
import { parseDuration } from '../lib/schema.ts';

const DAY = 86_400_000;

/** How far back to look; the help says its default as it would be given. */
export const sinceOption = (about: string, days: number): Option =>
  new Option('--since <duration>', about).argParser(durationOf).default(days * DAY, `${days}d`);

export const lagOption = (): Option =>
  new Option('--lag <duration>', 'how late after their period datapoints come, where later than settle')
    .argParser(anyDurationOf)
    .default(0, '0s');

export const effectsOption = (about: string): Option =>
  new Option('--effects <factors>', about).argParser(effectsOf).default([2, 5], '2,5');

function anyDurationOf(text: string): Duration {
  const duration = parseDuration(text);
  if (duration === undefined) throw new InvalidArgumentError('expected a duration such as 30d or 12h.');
  return duration;
}

function durationOf(text: string): Duration {
  const duration = anyDurationOf(text);
  if (duration <= 0) throw new InvalidArgumentError('expected a duration longer than 0s.');
  return duration;
}

export const wholeFrom = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
  }
  return value;
};

function effectsOf(text: string): readonly number[] {
  const effects = text.split(',').map(Number);
  if (effects.some((effect) => !(effect >= 0 && effect <= 1_000))) {
    throw new InvalidArgumentError('expected factors from 0 to 1000 with commas between them, such as 2,5.');
  }
  return effects;
}
