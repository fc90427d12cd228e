import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { createAddressGuard, isNetwork } from "../../../src/adapters/health/http/address-guard.ts";
import { createHttpProbe, type HttpProbeOptions } from "../../../src/adapters/health/http/http-probe.ts";
import type { HealthReading } from "../../../src/core/health/reading.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { listen } from "../../support/loopback.ts";
import { type ManualClock, manualClock, until } from "../../support/manual-clock.ts";

const NAME = "http shop";

async function http(listener: RequestListener): Promise<number> {
  return listen(createServer(listener));
}

interface Probed extends Partial<HttpProbeOptions> {
  readonly allowed?: readonly string[];
  readonly addresses?: readonly string[];
  readonly clock?: ManualClock;
}

async function probe(
  url: string,
  { allowed = ["127.0.0.1"], addresses = ["127.0.0.1"], clock, ...options }: Probed = {},
): Promise<HealthReading> {
  const source = createHttpProbe(
    { name: NAME, url, intervalMs: 30_000, timeoutMs: 5000, expected: { statuses: [] }, showBody: false, ...options },
    {
      clock: clock ?? manualClock(),
      isDenied: createAddressGuard("public", allowed),
      resolve: async () =>
        Promise.resolve(addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))),
    },
  );
  return source.read({});
}

describe("the address guard", () => {
  const guard = createAddressGuard("public");

  it.each([
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:a9fe:a9fe",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "not an address",
    "",
    "1.2.3",
  ])("denies %s", (address) => {
    expect(guard(address)).toBe(true);
  });

  it.each(["1.1.1.1", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])(
    "lets %s pass",
    (address) => {
      expect(guard(address)).toBe(false);
    },
  );

  it("lets pass what is listed, and nothing beside it", () => {
    const listed = createAddressGuard("public", ["10.96.0.0/12", "fd00:1::/64", "127.0.0.1"]);
    expect(["10.96.0.1", "10.111.255.255", "fd00:1::5", "127.0.0.1", "::ffff:127.0.0.1"].map(listed)).toEqual(
      Array(5).fill(false),
    );
    expect(["10.95.0.1", "10.112.0.1", "fd00:2::5", "127.0.0.2"].map(listed)).toEqual(Array(4).fill(true));
  });

  it("denies metadata services even where internal addresses are the operator's own", () => {
    const internal = createAddressGuard("internal");
    expect(["10.0.0.1", "127.0.0.1", "192.168.0.1", "::1"].map(internal)).toEqual(Array(4).fill(false));
    expect(
      ["169.254.169.254", "::ffff:a9fe:a9fe", "fe80::a9fe:a9fe", "fd00:ec2::254", "100.100.100.200"].map(internal),
    ).toEqual(Array(5).fill(true));
  });

  it.each([
    ["10.0.0.0/8", true],
    ["::1", true],
    ["fd00::/8", true],
    ["10.0.0.0/33", false],
    ["10.0.0.0/-1", false],
    ["10.0.0.0/8/8", false],
    ["example.com", false],
    ["fe80::1%eth0", false],
    ["", false],
    ["/8", false],
  ])("knows whether %s is a network: %s", (text, expected) => {
    expect(isNetwork(text)).toBe(expected);
  });
});

describe("the HTTP probe never gets led to where it must not go (H112)", () => {
  it.each([
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0/",
    "http://[fd00:ec2::254]/",
  ])("denies %s", async (url) => {
    expect(await probe(url, { allowed: [] })).toMatchObject({
      status: "Unknown",
      message: expect.stringContaining("not allowed") as string,
    });
  });

  it.each(["file:///etc/passwd", "ftp://example.com/", "data:,ok"])("does not ask %s", async (url) => {
    expect((await probe(url)).status).toBe("Unknown");
  });

  it("denies a name that has one private address among public ones", async () => {
    const reading = await probe("http://shop.example/", { allowed: [], addresses: ["93.184.215.14", "10.0.0.7"] });
    expect(reading.message).toBe(
      "shop.example is 10.0.0.7, which is in a private or special network that is not allowed",
    );
  });

  it("connects to the address that was checked, though the name means another one by then", async () => {
    let hits = 0;
    const port = await http((_, response) => {
      hits += 1;
      response.end("ok");
    });
    const answers = ["127.0.0.1", "127.0.0.9"];
    const asked: string[] = [];
    const source = createHttpProbe(
      {
        name: NAME,
        url: `http://rebinding.example:${port}/`,
        intervalMs: 1,
        timeoutMs: 5000,
        expected: { statuses: [] },
        showBody: false,
      },
      {
        clock: manualClock(),
        isDenied: createAddressGuard("public", ["127.0.0.1"]),
        resolve: async (name) => {
          asked.push(name);
          return Promise.resolve([{ address: answers[asked.length - 1] ?? "", family: 4 }]);
        },
      },
    );
    expect((await source.read({})).status).toBe("Current");
    expect((await source.read({})).message).toContain("127.0.0.9");
    expect({ hits, asked }).toEqual({ hits: 1, asked: ["rebinding.example", "rebinding.example"] });
  });

  it.each([
    ["the metadata service", "http://169.254.169.254/latest/"],
    ["another host", "http://evil.example/"],
    ["another port", "http://shop.example:1/"],
    ["another scheme", "https://shop.example/"],
    ["credentials", "http://user:pass@shop.example/"],
    ["a file", "file:///etc/passwd"],
    ["no place", "http://"],
  ])("does not follow a redirect to %s", async (_, location) => {
    let hits = 0;
    const port = await http((_request, response) => {
      hits += 1;
      response.writeHead(302, { location }).end();
    });
    const reading = await probe(`http://shop.example:${port}/`);
    expect({ status: reading.status, hits }).toEqual({ status: "Unknown", hits: 1 });
  });

  it("knows no proxy of the environment: the connection goes to the address that was checked", async () => {
    let hits = 0;
    const proxy = await http((_, response) => {
      hits += 1;
      response.end("ok");
    });
    for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"])
      vi.stubEnv(name, `http://127.0.0.1:${proxy}`);
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    try {
      const port = await http((_, response) => void response.writeHead(204).end());
      expect((await probe(`http://shop.example:${port}/`, { expected: { statuses: [204] } })).status).toBe("Current");
      expect(hits).toBe(0);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("does not ask a URL that holds credentials, and sends none of its own", async () => {
    const headers: string[] = [];
    const port = await http((request, response) => {
      headers.push(...Object.keys(request.headers));
      response.end("ok");
    });
    expect((await probe(`http://user:pass@shop.example:${port}/`)).message).toBe("the URL holds credentials");
    expect(headers).toEqual([]);
    await probe(`http://shop.example:${port}/`);
    expect(headers).not.toContain("authorization");
    expect(headers).not.toContain("cookie");
  });

  it("follows redirects within the same origin, three of them", async () => {
    const port = await http((request, response) => {
      const hop = Number(request.url?.slice(1));
      if (hop === 0) response.end("ok");
      else response.writeHead(302, { location: `/${hop - 1}` }).end();
    });
    expect((await probe(`http://shop.example:${port}/3`)).status).toBe("Current");
    expect((await probe(`http://shop.example:${port}/4`)).status).toBe("Unknown");
  });

  it("takes a redirect for well when it is what is expected", async () => {
    const port = await http((_, response) => response.writeHead(302, { location: "http://login.example/" }).end());
    expect((await probe(`http://shop.example:${port}/`, { expected: { statuses: [302] } })).status).toBe("Current");
  });
});

describe("the HTTP probe has an end", () => {
  it.each([
    ["never answers", () => undefined],
    [
      "never ends its headers",
      (response: { socket: { write(text: string): void } | null }) =>
        response.socket?.write("HTTP/1.1 200 OK\r\nx-a: b\r\n"),
    ],
  ])("after its time, with a server that %s", async (_, behave) => {
    const clock = manualClock();
    let asked = false;
    const port = await http((_request, response) => {
      asked = true;
      behave(response);
    });
    const reading = probe(`http://shop.example:${port}/`, { clock });
    await until(() => asked);
    clock.advance(5000);
    expect(await reading).toEqual({ status: "Failed", message: "does not answer within 5 s" });
  });

  it("after its time, with a body that comes byte by byte", async () => {
    const clock = manualClock();
    let sent = 0;
    const port = await http((_, response) => {
      const write = (): void => {
        if (response.destroyed) return;
        sent += 1;
        response.write("a", () => setImmediate(write));
      };
      write();
    });
    const reading = probe(`http://shop.example:${port}/`, { clock, expected: { statuses: [], body: "ok" } });
    await until(() => sent > 3);
    clock.advance(5000);
    expect((await reading).message).toBe("does not answer within 5 s");
  });

  it("after its time, while the name is still looked up", async () => {
    const clock = manualClock();
    const source = createHttpProbe(
      {
        name: NAME,
        url: "http://slow.example/",
        intervalMs: 1,
        timeoutMs: 5000,
        expected: { statuses: [] },
        showBody: false,
      },
      { clock, isDenied: () => false, resolve: async () => new Promise(() => undefined) },
    );
    const reading = source.read({});
    await until(() => clock.sleeping.length > 0);
    clock.advance(5000);
    expect((await reading).status).toBe("Failed");
  });

  it("after 64 KB of an endless body, which it does not read at all when nothing is expected in it", async () => {
    const endless: RequestListener = (_, response) => {
      const write = (): void => {
        if (!response.destroyed) response.write("a".repeat(16_384), () => setImmediate(write));
      };
      write();
    };
    const port = await http(endless);
    expect((await probe(`http://shop.example:${port}/`)).status).toBe("Current");
    const read = await probe(`http://shop.example:${port}/`, { expected: { statuses: [], body: "ok" } });
    expect(read).toMatchObject({ status: "Unknown", message: expect.stringContaining("too long") as string });
  });

  it("with a body that is compressed, though nobody asked for that: it is not unpacked, and nothing is said of it", async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    const asked: (string | string[] | undefined)[] = [];
    const port = await http((request, response) => {
      asked.push(request.headers["accept-encoding"]);
      response.writeHead(200, { "content-encoding": "gzip" }).end(request.url === "/bomb" ? bomb : gzipSync("ok"));
    });
    for (const path of ["bomb", "ok"]) {
      const read = await probe(`http://shop.example:${port}/${path}`, { expected: { statuses: [], body: "ok" } });
      expect(read).toEqual({ status: "Unknown", message: "HTTP 200, and its body was not read" });
    }
    expect(asked).toEqual(["identity", "identity"]);
  });

  it("with headers that are larger than 16 KB, and with a length that is not true", async () => {
    const large = await http((_, response) => void response.writeHead(200, { "x-a": "a".repeat(20_000) }).end("ok"));
    expect((await probe(`http://shop.example:${large}/`)).status).toBe("Unknown");
    const short = await listen(
      createTcpServer((socket) => void socket.resume().end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nok")),
    );
    const read = await probe(`http://shop.example:${short}/`, { expected: { statuses: [], body: "nothing" } });
    expect(read.status).not.toBe("Current");
  });

  it("when it is told to stop", async () => {
    const stop = new AbortController();
    let asked = false;
    const port = await http(() => {
      asked = true;
    });
    const source = createHttpProbe(
      {
        name: NAME,
        url: `http://127.0.0.1:${port}/`,
        intervalMs: 1,
        timeoutMs: 5000,
        expected: { statuses: [] },
        showBody: false,
      },
      { clock: manualClock(), isDenied: () => false },
    );
    const reading = source.read({}, stop.signal);
    await until(() => asked);
    stop.abort(new Error("the daemon ends"));
    await expect(reading).rejects.toThrow("the daemon ends");
  });

  it("and leaves no wait behind", async () => {
    const clock = manualClock();
    const port = await http((_, response) => response.end("ok"));
    await probe(`http://shop.example:${port}/`, { clock });
    expect(clock.sleeping).toEqual([]);
  });
});

describe("the HTTP probe tells the target's trouble from its own", () => {
  it.each([
    [200, "Current"],
    [204, "Current"],
    [500, "Failed"],
    [404, "Failed"],
    [429, "Unknown"],
  ])("takes HTTP %d for %s", async (status, word) => {
    const port = await http((_, response) => response.writeHead(status).end());
    expect((await probe(`http://shop.example:${port}/`)).status).toBe(word);
  });

  it("takes a port that nobody listens on for failed", async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await probe(`http://shop.example:${port}/`)).toEqual({
      status: "Failed",
      message: "refuses the connection",
    });
  });

  it("takes a broken connection for failed", async () => {
    const port = await http((request) => request.socket.destroy());
    expect(await probe(`http://shop.example:${port}/`)).toEqual({ status: "Failed", message: "breaks the connection" });
  });

  it("takes what is no HTTP for unknown", async () => {
    const port = await listen(createTcpServer((socket) => void socket.resume().end("SSH-2.0-OpenSSH_9.9\r\n")));
    expect((await probe(`http://shop.example:${port}/`)).status).toBe("Unknown");
  });

  it("takes a certificate that nobody vouches for, or of another name, for unknown, and one that is vouched for as good", async () => {
    const { ca, cert, key } = makeCertificates("shop.example");
    const port = await listen(createTlsServer({ cert, key }, (_, response) => void response.end("ok")));
    expect((await probe(`https://shop.example:${port}/`, { ca: [ca] })).status).toBe("Current");
    for (const [host, trusted] of [
      ["shop.example", []],
      ["other.example", [ca]],
      ["shop.example", [makeCertificates("shop.example").ca]],
    ] as const) {
      const reading = await probe(`https://${host}:${port}/`, { ca: trusted });
      expect(reading).toMatchObject({ status: "Unknown", message: expect.stringContaining("certificate") as string });
    }
  });

  it("takes a server without a certificate for unknown", async () => {
    const port = await listen(createTlsServer(() => undefined));
    expect((await probe(`https://shop.example:${port}/`)).status).toBe("Unknown");
  });

  it("takes a name that nobody knows for unknown", async () => {
    const source = createHttpProbe(
      {
        name: NAME,
        url: "http://nobody.example/",
        intervalMs: 1,
        timeoutMs: 5000,
        expected: { statuses: [] },
        showBody: false,
      },
      {
        clock: manualClock(),
        isDenied: () => false,
        resolve: async () => Promise.reject(new Error("ENOTFOUND")),
      },
    );
    expect(await source.read({})).toEqual({ status: "Unknown", message: "nobody.example cannot be resolved" });
  });

  it("shows nothing of a body, or its first 200 characters escaped where that is wanted (H113)", async () => {
    const port = await http((_, response) =>
      response.writeHead(500).end(`\u001b[2J<b>oops</b>\u202e token=ghp_${"a".repeat(36)} ${"x".repeat(500)}`),
    );
    const hidden = await probe(`http://shop.example:${port}/`, { expected: { statuses: [], body: "ok" } });
    expect(hidden.message).toMatch(/^HTTP 500, body [0-9a-f]{12}$/);
    const shown = await probe(`http://shop.example:${port}/`, { showBody: true });
    expect(shown.message).toContain(": <b>oops</b>\\u202e");
    expect(shown.message).not.toContain("ghp_");
    expect(shown.message.length).toBeLessThan(260);
  });
});
