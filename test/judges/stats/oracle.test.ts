/** The specification's test vectors: every kernel gives what the reference gave, to each vector's own tolerance. */
import './support/prepared.ts';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Answer, COVERED, type Given } from './support/covered.ts';

const vectorSchema = z.object({
  id: z.string(),
  fn: z.string(),
  in: z.record(z.string(), z.unknown()),
  out: z.record(z.string(), z.unknown()),
  tol: z.number().positive(),
});
const file = new URL('../../fixtures/judges/oracle.json', import.meta.url);
const vectors = z.object({ cases: z.array(vectorSchema) }).parse(JSON.parse(readFileSync(file, 'utf8'))).cases;

/** Where an answer is not what the vector says, as text; empty when all of it is. */
function differences(path: string, expected: unknown, answer: Answer, tolerance: number): readonly string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(answer) || answer.length !== expected.length) return [`${path}: not ${expected.length} values`];
    return expected.flatMap((value, index) => differences(`${path}[${index}]`, value, answer[index], tolerance));
  }
  if (typeof expected === 'object' && expected !== null) {
    const given = new Map(Object.entries(answer ?? {}));
    return Object.entries(expected).flatMap(([key, value]) =>
      differences(`${path}.${key}`, value, given.has(key) ? given.get(key) : 'absent', tolerance),
    );
  }
  if (expected === null) {
    const nothing = answer === undefined || (typeof answer === 'number' && !(answer > Number.NEGATIVE_INFINITY));
    return nothing ? [] : [`${path}: ${answer}, not nothing`];
  }
  if (typeof expected !== 'number') return expected === answer ? [] : [`${path}: ${answer}, not ${expected}`];
  const near = typeof answer === 'number' && Math.abs(answer - expected) <= tolerance * Math.max(1, Math.abs(expected));
  return near ? [] : [`${path}: ${answer}, not ${expected}`];
}

test('there are all 135 vectors', () => {
  expect(vectors).toHaveLength(135);
});

test('every function of the vectors is covered, and nothing else', () => {
  expect(Object.keys(COVERED).toSorted()).toEqual([...new Set(vectors.map(({ fn }) => fn))].toSorted());
});

describe.each(Object.entries(Object.groupBy(vectors, ({ fn }) => fn)))('%s', (fn, cases = []) => {
  test.each(cases)('$id', (vector) => {
    const given: Given = vector.in;
    const answer = COVERED[fn]?.(given);
    expect(Object.keys(vector.out)).not.toHaveLength(0);
    expect(differences('', vector.out, answer, vector.tol)).toEqual([]);
  });
});
