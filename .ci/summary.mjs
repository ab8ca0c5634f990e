/** The last line of the gate, from vitest's results and the steps that failed: `N passed, N failed, N skipped`. */
import { readFileSync } from 'node:fs';

/** Usage: node summary.mjs RESULTS_FILE STEP=EXIT_CODE … ; ends with 1 unless all passed and nothing was skipped. */
const [file, ...steps] = process.argv.slice(2);

/** What cannot be read has not been run, and what has not been run has failed. */
function readResults() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    process.stdout.write(`no test results: ${error.message}\n`);
    return {
      success: false,
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [],
    };
  }
}

const results = readResults();
const skipped = results.testResults.flatMap(({ assertionResults }) =>
  assertionResults.filter(({ status }) => !['passed', 'failed'].includes(status)),
);
for (const { fullName } of skipped) process.stdout.write(`skipped: ${fullName}\n`);
for (const { name, status, assertionResults } of results.testResults) {
  const failed = assertionResults.filter((one) => one.status === 'failed');
  if (status === 'failed' && failed.length === 0) process.stdout.write(`failed: ${name}\n`);
  for (const { fullName } of failed) process.stdout.write(`failed: ${fullName}\n`);
}
const broken = steps.filter((step) => !step.endsWith('=0'));
for (const step of broken) process.stdout.write(`failed: the step ${step}\n`);

// The step `test` fails with its tests, which are counted already; and for an error outside any test, which is not.
const uncounted = broken.filter((step) => !(step.startsWith('test=') && results.numFailedTests > 0));
const counted = results.numFailedTests + uncounted.length;
const sound = results.success && results.numPassedTests > 0;
const failed = counted === 0 && !sound ? 1 : counted;
const passed = results.numPassedTests + steps.length - broken.length;
const left = Math.max(skipped.length, results.numPendingTests + results.numTodoTests);
process.stdout.write(`${passed} passed, ${failed} failed, ${left} skipped\n`);
process.exitCode = failed > 0 || left > 0 ? 1 : 0;
