import { describe, expect, it } from "vitest";
import { repositoryUrlFault } from "../../src/config/scalars.ts";
import { parseSecretFile } from "../../src/config/secret-file.ts";
import { refusalOf } from "./faults-of.ts";

const HEAD = "apiVersion: lastgood.dev/v1alpha1\nkind: Config\n";

describe("repository URLs", () => {
  it.each([
    "https://github.com/acme/gitops.git",
    "https://ghe.example:8443/acme/gitops",
    "ssh://git@github.com/acme/gitops.git",
    "ssh://git@ghe.example:2222/acme/gitops.git",
    "git@github.com:acme/gitops.git",
    "ghe.example:acme/gitops.git",
  ])("accept %s", (url) => {
    expect(repositoryUrlFault(url)).toBeUndefined();
  });

  it.each([
    "ext::sh -c 'id'",
    "ext::sh",
    "fd::17",
    "file:///srv/git/x",
    "/srv/git/x",
    "../x",
    "http://github.com/acme/x",
    "git://github.com/acme/x",
    "ftp://h/x",
    "-oProxyCommand=id",
    "--upload-pack=id",
    "ssh://-oProxyCommand=id/x",
    "ssh://git@-x/y",
    "-x@h:y",
    "h:-x",
    "https://user:tok@github.com/acme/x",
    "https://tok@github.com/acme/x",
    "ssh://git:pw@h/x",
    "user:pw@h:x",
    "https://h/x?token=1",
    "https://h/x#y",
    "https://h",
    "https://",
    "https://h/a b",
    "https://h/a\nb",
    "h\\x:y",
    "",
  ])("refuse %j", (url) => {
    expect(repositoryUrlFault(url)).toBeTypeOf("string");
  });

  it("are refused with ConfigUrl, credentials masked in message and excerpt", () => {
    const error = refusalOf(`${HEAD}repositories: [{ name: a, url: "https://bob:hunter2@h/x" }]\n`);
    expect(error.code).toBe("ConfigUrl");
    expect(error.message).toContain('"https://***@h/x" holds credentials');
    expect(`${error.message}${error.hint}`).not.toContain("hunter2");
  });
});

describe("secrets typed into the config", () => {
  it.each([
    ["forge: { auth: { token: hunter2 } }", "tokenFile"],
    ['forge: { auth: { token: "hun, ter2" } }', "tokenFile"],
    ["forge:\n  webhookSecret: a, hunter2", "webhookSecretFile"],
    ["notifications: [{ type: webhook, url: https://h, hmacSecret: hunter2 }]", "hmacSecretFile"],
  ])("are not shown, and the key for a file is suggested: %s", (body, key) => {
    const { message, hint = "" } = refusalOf(`${HEAD}${body}\n`);
    expect(hint).toContain("unknown key; secrets are read from files only");
    expect(hint).toContain(`did you mean "${key}"?`);
    expect(`${message}${hint}`).not.toMatch(/hunter2|ter2/);
  });

  it("are not shown when a token stands where a file belongs", () => {
    const token = `ghp_${"a1B2".repeat(9)}`;
    const { message, hint = "" } = refusalOf(`${HEAD}forge: { auth: { tokenFile: "${token}\\n" } }\n`);
    expect(hint).toContain("is no file name");
    expect(`${message}${hint}`).not.toContain(token);
  });
});

describe("parseSecretFile", () => {
  const PEM = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n";

  it.each([
    ["a trailing newline", "tok\n", "tok"],
    ["CRLF", "tok\r\n", "tok"],
    ["a byte order mark", "\ufefftok", "tok"],
    ["spaces within", "correct horse", "correct horse"],
    ["a PEM", PEM, PEM],
    ["a PEM with CRLF", PEM.replaceAll("\n", "\r\n"), PEM],
    ["a PEM with \\n written out", PEM.trim().replaceAll("\n", String.raw`\n`), PEM],
  ])("reads %s", (_, text, secret) => {
    expect(parseSecretFile({ path: "s", text, mode: 0o100600 })).toBe(secret);
  });

  it.each([
    ["nothing", " \n", undefined],
    ["two lines", "a\nb", undefined],
    ["binary", "a\0b", undefined],
    ["too much", "x".repeat(70_000), undefined],
    ["what everybody can read", "hunter2", 0o100644],
  ])("refuses %s without showing it", (_, text, mode) => {
    const parse = (): string => parseSecretFile({ path: "/s", text, ...(mode === undefined ? {} : { mode }) });
    expect(parse).toThrow(
      expect.objectContaining({ code: "ConfigSecretFile", message: expect.not.stringContaining("hunter2") as string }),
    );
  });
});
