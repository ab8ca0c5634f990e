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

function keyOf(secret: ArrayBuffer | ArrayBufferView): KeyObject {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const key = createSecretKey(bytesOf(secret));
  keys.set(secret, key);
  return key;
}

/** Of the access key, by which the SDK finds its signing key at each call. */
let lastOfText: { readonly secret: string; readonly data: Uint8Array; readonly digest: Uint8Array } | undefined;

function hmacByText(secret: string, data: Uint8Array): Uint8Array {
  if (lastOfText?.secret === secret && Buffer.compare(lastOfText.data, data) === 0) return lastOfText.digest;
  const digest = createHmac('sha256', secret).update(data).digest();
  // A copy: whoever handed it over may write over it.
  lastOfText = { secret, data: Uint8Array.from(data), digest };
  return digest;
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
    if (typeof this.#secret === 'string') return hmacByText(this.#secret, data);
    return createHmac('sha256', keyOf(this.#secret)).update(data).digest();
  }
}

type Signing = (...args: never[]) => Promise<unknown>;

/** A client of the SDK, as far as its stack and its signing go. */
interface Stacked {
  readonly middlewareStack: { remove(name: string): boolean };
  readonly config: { signer: Signing };
}

/** The signer is put together out of all settings at each call, and is the same every time. */
function madeOnce<Sign extends Signing>(make: Sign): Sign {
  let made: Promise<unknown> | undefined;
  const signer: Signing = (...args) => {
    made ??= make(...args).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return signer as Sign;
}

/**
 * Signs with one signer, and is without the logger's part: without a logger the SDK copies every answer whole for it,
 * thousands of datapoints, and throws the copy away.
 */
export function frugal<Client extends Stacked>(client: Client): Client {
  client.middlewareStack.remove('loggerMiddleware');
  client.config.signer = madeOnce(client.config.signer);
  return client;
}
