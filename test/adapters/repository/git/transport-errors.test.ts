import { describe, expect, it } from "vitest";

import { transportError } from "../../../../src/adapters/repository/git/transport-errors.ts";

const URL = "https://github.com/acme/gitops.git";

describe("transportError", () => {
  it("says that there is no token, not that one is refused, when git would have to ask for it", () => {
    const said = `fatal: could not read Username for '${URL}': terminal prompts disabled`;
    const error = transportError(said, URL);
    expect(error).toMatchObject({
      code: "ForgeAuth",
      message: `the remote wants a sign-in, and no token was found for it (${URL})`,
    });
    expect(error.hint).toContain("GH_TOKEN");
  });

  it("says what the remote said of a token", () => {
    const said = `remote: Invalid username or token.\nfatal: Authentication failed for '${URL}'`;
    expect(transportError(said, URL)).toMatchObject({
      code: "ForgeAuth",
      message: `the remote does not accept the credentials: Invalid username or token. (${URL})`,
    });
  });

  it.each(["Could not resolve host: github.com", "Failed to connect to github.com port 443: Connection refused"])(
    "names the address once, and the network, when nothing answers: %s",
    (why) => {
      const error = transportError(`fatal: unable to access '${URL}/': ${why}`, URL);
      expect(error).toMatchObject({
        code: "RepositoryTransport",
        message: `the remote cannot be reached: ${why} (${URL})`,
        transient: true,
      });
      expect(error.hint).toContain("HTTPS_PROXY");
    },
  );
});
