/** The sidecar manifest of deploy/ on podman. */
import { read } from '../../docs/documents.ts';
import { IMAGE } from './image.ts';
import { demand, podman } from './podman.ts';

const MANIFEST = 'deploy/kubernetes/sidecar.yaml';
const SANDBOX = 'http://127.0.0.1:4570';
/** Times as fast as real: two minutes without a look, which is unhealthy, are six seconds. */
const SPEED = 20;

/** All that is changed of the manifest; each must stand there once, so that nothing is left out unseen. */
const CHANGES: readonly (readonly [was: string, becomes: string])[] = [
  // The application is the sandbox, whose clock the daemon lives by.
  [
    'image: registry.example/checkout:1',
    `image: ${IMAGE}\n          args: [sandbox, --port, "4570", --speed, "${SPEED}"]`,
  ],
  [
    'image: registry.example/appconfig-watchdog:0.1.0',
    `image: ${IMAGE}
          args: [run, --clock, "${SANDBOX}"]
          env:
            - { name: AWS_ENDPOINT_URL, value: "${SANDBOX}" }
            - { name: AWS_ACCESS_KEY_ID, value: sandbox }
            - { name: AWS_SECRET_ACCESS_KEY, value: sandbox }`,
  ],
  // What the reader does when all is well.
  ['mode: observe ', 'mode: enforce '],
  // A pod without a network has no ports to map.
  ['          ports:\n            - { name: watchdog, containerPort: 9464 }\n', ''],
  // podman makes `curl` of httpGet, which the image has not; the test asks the path itself.
  ['httpGet: { path: /healthz, port: 9464 }', 'exec: { command: [node, /app/dist/main.js, health] }'],
];

export interface Pod extends AsyncDisposable {
  readonly application: string;
  readonly watchdog: string;
}

function manifest(): string {
  return CHANGES.reduce((text, [was, becomes]) => {
    if (text.split(was).length !== 2) throw new Error(`${MANIFEST} has to hold once: ${was}`);
    return text.replace(was, becomes);
  }, read(MANIFEST));
}

async function remove(text: string): Promise<void> {
  await podman(['kube', 'down', '-'], { input: text });
  // podman keeps what it made of the ConfigMap and the emptyDir.
  await podman(['volume', 'rm', '--force', 'checkout-watchdog', 'watchdog-journal']);
}

/** Plays the manifest without any network but the pod's own loopback. */
export async function startPod(): Promise<Pod> {
  const text = manifest();
  await remove(text);
  await demand('podman', ['kube', 'play', '--network', 'none', '-'], { input: text });
  const [application, watchdog] = ['checkout-pod-0-application', 'checkout-pod-0-watchdog'];
  return { application, watchdog, [Symbol.asyncDispose]: () => remove(text) };
}
