/** A real SMTP server on loopback that keeps letters, and what stands in one. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

interface Letter {
  /** By lower-case name, unfolded and decoded. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
  readonly to: readonly string[];
  readonly raw: string;
}

function quotedPrintable(text: string): Buffer {
  const joined = text.replace(/=\r\n/g, '');
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

function decodedWords(text: string): string {
  const joined = text.replace(/\?=\s+=\?/g, '?==?');
  const bytes = joined.replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, way: string, word: string) => {
    const decoded =
      way.toUpperCase() === 'B' ? Buffer.from(word, 'base64') : quotedPrintable(word.replaceAll('_', ' '));
    return decoded.toString('latin1');
  });
  return /=\?utf-8\?/i.test(joined) ? Buffer.from(bytes, 'latin1').toString('utf8') : joined;
}

function parted(raw: string): { headers: Record<string, string>; body: string } {
  const at = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, at)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = lines.map((one) => [
    one.slice(0, one.indexOf(':')).toLowerCase(),
    one.slice(one.indexOf(':') + 1).trim(),
  ]);
  return { headers: Object.fromEntries(headers), body: raw.slice(at + 4) };
}

function bodyOf({ headers, body }: ReturnType<typeof parted>): string {
  const encoding = headers['content-transfer-encoding'];
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return encoding === 'quoted-printable' ? quotedPrintable(body).toString('utf8') : body;
}

function letterFrom(raw: string, to: readonly string[]): Letter {
  const { headers, body } = parted(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? 'none';
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => parted(part.replace(/^\r\n/, '')));
  const part = (type: string) =>
    parts
      .filter((one) => one.headers['content-type']?.startsWith(type))
      .map(bodyOf)
      .join('');
  const decoded = Object.entries(headers).map(([name, value]) => [name, decodedWords(value)]);
  return { headers: Object.fromEntries(decoded), text: part('text/plain'), html: part('text/html'), to, raw };
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly letters: Letter[];
  /** Connections that were made. */
  connections(): number;
  /** What it answers to a letter: undefined takes it, `hang` says nothing, `reset` cuts the connection. */
  fault: { readonly code: number; readonly says: string } | 'hang' | 'reset' | undefined;
}

export async function mailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { fault } = here;
        if (fault === 'hang') return;
        if (typeof fault === 'object') {
          const says = fault.says.replace(
            'ECHO',
            Buffer.concat(chunks).toString('utf8').replace(/\s+/g, ' ').slice(0, 1_000),
          );
          return done(Object.assign(new Error(says), { responseCode: fault.code }));
        }
        here.letters.push(
          letterFrom(
            Buffer.concat(chunks).toString('utf8'),
            session.envelope.rcptTo.map(({ address }) => address),
          ),
        );
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const inner = addressOf(server.server.address());
  // Before it: what cuts connections, and counts them.
  const front = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    if (here.fault === 'reset') return void socket.resetAndDestroy();
    const behind = connect(inner, '127.0.0.1');
    behind.on('error', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
    socket.on('close', () => behind.destroy());
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const here: MailServer = {
    port: addressOf(front.address()),
    letters: [],
    connections: () => connections,
    fault: undefined,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => front.close(resolve));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return here;
}

function addressOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return address.port;
}
