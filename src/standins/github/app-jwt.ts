/** How an App proves who it is: a JSON web token, signed with its key (docs.github.com, "Generating a JSON Web Token for a GitHub App"). */
import { verify } from "node:crypto";
import { refusal } from "./reply.ts";
import type { RegisteredApp, World } from "./state.ts";

const LONGEST_SECONDS = 600;
const UNREADABLE = "A JSON web token could not be decoded";

/** The App behind an Authorization header. Throws 401 in GitHub's words for what is unsigned, too old, too long or from the future. */
export function authenticateApp(world: World, authorization: string): RegisteredApp {
  if (authorization === "") throw refusal(401, "Requires authentication");
  const [scheme = "", token = ""] = authorization.split(" ");
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims = /^bearer$/i.test(scheme) && readPart(header)?.["alg"] === "RS256" ? readPart(payload) : undefined;
  if (claims === undefined) throw refusal(401, UNREADABLE);
  const app = [...world.apps.values()].find(
    ({ id, clientId }) => String(id) === String(claims["iss"]) || clientId === claims["iss"],
  );
  if (app === undefined) throw refusal(404, "Integration not found");
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify("sha256", signed, app.publicKey, Buffer.from(signature, "base64url"))) throw refusal(401, UNREADABLE);
  demandTimes(claims, Math.floor(world.now() / 1000));
  return app;
}

function demandTimes({ iat, exp }: Readonly<Record<string, unknown>>, now: number): void {
  if (typeof exp !== "number" || exp <= now) {
    throw refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + LONGEST_SECONDS) throw refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  if (!Number.isInteger(iat) || Number(iat) > now) {
    throw refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
}

function readPart(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
