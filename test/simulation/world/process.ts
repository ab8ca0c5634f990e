/** One life of the daemon as the machine sees it: a process that can end at anything it does or hears, as by kill -9. */
import type { DatabaseSync } from 'node:sqlite';
import type { Owner } from '../kernel/virtual-time.ts';

export interface Process extends Owner {
  readonly daemon: number;
  /** Counted over all daemons. */
  readonly life: number;
  /** Connections it has open: a dead process has none. */
  readonly databases: Set<DatabaseSync>;
  /** It does or hears something: true when it died of it. */
  step(): boolean;
  /** It will die at its n-th step from now on. */
  doom(steps: number): void;
  die(): void;
}

export function processOf(daemon: number, life: number, onDeath: () => void): Process {
  let dead = false;
  let left = Number.POSITIVE_INFINITY;
  const databases = new Set<DatabaseSync>();
  const self: Process = {
    daemon,
    life,
    databases,
    get dead() {
      return dead;
    },
    onWake: () => void self.step(),
    step() {
      left--;
      if (left <= 0) self.die();
      return dead;
    },
    doom(steps) {
      left = Math.min(left, steps);
    },
    die() {
      if (dead) return;
      dead = true;
      onDeath();
    },
  };
  return self;
}
