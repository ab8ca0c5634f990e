/** What a process holds of the machine's memory, as Linux tells it. */
import { readFileSync } from 'node:fs';

/** Bytes by the name of a line of /proc/PID/status: RssAnon is its own and held now, VmHWM was the most, with the program's file. */
export function memoryOf(pid: number | undefined, name: 'RssAnon' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8');
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  if (kilobytes === undefined) throw new Error(`no ${name} of process ${pid}`);
  return Number(kilobytes) * 1_024;
}
