/** The image, built from the Dockerfile as it stands on a base that is made here, since no registry may be asked. */
import { join } from 'node:path';
import { demand, podman, ROOT } from './podman.ts';

export const IMAGE = 'localhost/appconfig-watchdog:test';
/** The first time Debian is fetched as well. */
export const BUILD_WITHIN = 400_000;

/** Builds it; the base and the image stay, so that a next time is quicker and a failure can be looked at. */
export async function buildImage(): Promise<void> {
  const base = (await demand(join(ROOT, 'scripts/container-base.sh'), [], { within: BUILD_WITHIN })).trim();
  const before = (await podman(['images', '--quiet', '--no-trunc', IMAGE])).stdout.trim();
  // Without --layers nothing of the stage before stays behind, and writing its layers would cost more than it saves.
  const how = ['--isolation', 'chroot', '--format', 'docker', '--pull=never', '--quiet'];
  const args = [...how, '--build-arg', `BASE=${base}`, '--build-arg', 'REVISION=0123abc', '--tag', IMAGE, '.'];
  await demand('buildah', ['build', ...args], { within: BUILD_WITHIN });
  const now = (await podman(['images', '--quiet', '--no-trunc', IMAGE])).stdout.trim();
  if (before !== '' && before !== now) await podman(['rmi', before]);
}
