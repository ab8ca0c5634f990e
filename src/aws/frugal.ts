/** SDK clients that do at each call what is needed for it, and not what is the same every time or that nobody reads. */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

type Bytes = string | ArrayBuffer | ArrayBufferView;

function bytesOf(data: Bytes): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** The SDK signs with one key all day, and would have Node take it in anew for each signature. */
const keys = new WeakMap<object, KeyObject>();

function keyOf(secret: Bytes): KeyObject {
  const known = typeof secret === 'string' ? undefined : keys.get(secret);
  if (known !== undefined) return known;
  const key = createSecretKey(bytesOf(secret));
  if (typeof secret !== 'string') keys.set(secret, key);
  return key;
}

/** SHA-256, with a secret as HMAC: Node's, in the form in which the SDK is given one. */
export class Sha256 {
  readonly #secret: Bytes | undefined;
  #parts: Uint8Array[] = [];

  constructor(secret?: Bytes) {
    this.#secret = secret;
  }

  update(data: Bytes): void {
    this.#parts.push(bytesOf(data));
  }

  reset(): void {
    this.#parts = [];
  }

  async digest(): Promise<Uint8Array> {
    const [first] = this.#parts;
    const data = first !== undefined && this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
    if (this.#secret === undefined) return hash('sha256', data, 'buffer');
    return createHmac('sha256', keyOf(this.#secret)).update(data).digest();
  }
}

/** A client of the SDK, as far as its stack goes. */
interface Stacked {
  readonly middlewareStack: { remove(name: string): boolean };
}

/** Without a logger the SDK copies every answer whole for it, thousands of datapoints, and throws the copy away. */
export function withoutLog<Client extends Stacked>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
