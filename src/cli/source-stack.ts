/** A stack trace of the published form in the files and lines of the sources, by the source maps beside the program. */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** `/folder/file.js:12:34`, as V8 writes it, with or without `file://`. */
const PLACE = /(?:file:\/\/)?(\/[^\s():]+\.js):(\d+):(\d+)/g;

function mapOf(file: string): SourceMap | undefined {
  const path = `${file}.map`;
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}

/**
 * Done when a fault is told: `--enable-source-maps` would read every map at the start. A place that no map knows stays
 * as it is, and so does the whole trace when a map cannot be read.
 */
export function sourceStack(stack: string): string {
  try {
    return stack.replaceAll(PLACE, (written: string, file: string, line: string, column: string) => {
      const origin = mapOf(file)?.findOrigin(Number(line), Number(column));
      if (origin === undefined || !('fileName' in origin)) return written;
      return `${origin.fileName.replace(/^(?:\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`;
    });
  } catch {
    return stack;
  }
}
