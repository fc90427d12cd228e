/** The read-only JSON API: the same documents that `-o json` prints. */
import { type Envelope, renderEnvelope } from "../cli/output/yaml-json.ts";
import { type Admission, refusal, type Route } from "./http-server.ts";

/** What the daemon knows, as documents. Undefined: there is no such thing. */
export interface ApiView {
  targets(): Promise<Envelope>;
  target(name: string): Promise<Envelope | undefined>;
  jobs(): Promise<Envelope>;
  job(id: string): Promise<Envelope | undefined>;
  checkpoints(target: string): Promise<Envelope | undefined>;
  quarantine(): Promise<Envelope>;
}

export function apiRoutes(view: ApiView, admits: Admission): readonly Route[] {
  const route = (
    path: string,
    ask: (params: Readonly<Record<string, string>>) => Promise<Envelope | undefined>,
  ): Route => ({
    method: "GET",
    path: `/api/v1${path}`,
    admits,
    maxBytes: 0,
    handle: async ({ params }) => {
      const document = await ask(params);
      if (document === undefined) return refusal(404, "there is no such thing");
      const body = renderEnvelope(document, "json");
      return { status: 200, contentType: "application/json; charset=utf-8", body };
    },
  });
  return [
    route("/targets", async () => view.targets()),
    // Before the target itself: its name may hold slashes.
    route("/targets/{target*}/checkpoints", async ({ target = "" }) => view.checkpoints(target)),
    route("/targets/{target*}", async ({ target = "" }) => view.target(target)),
    route("/jobs", async () => view.jobs()),
    route("/jobs/{job}", async ({ job = "" }) => view.job(job)),
    route("/quarantine", async () => view.quarantine()),
  ];
}
