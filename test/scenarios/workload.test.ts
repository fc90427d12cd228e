import { describe, expect, it } from "vitest";
import { gitdir } from "../support/gitdir.ts";
import { undoOn } from "../support/run-on.ts";

const API = "apps/api/deployment.yaml";

function api(image: string, replicas: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  replicas: ${replicas}
  template:
    spec:
      containers:
        - name: api
          image: ${image}
`;
}

const SCALER = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: api
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: api }
`;

describe("a target named by its workload", () => {
  it("goes back alone, and leaves its replicas to the autoscaler that stands beside it", async () => {
    const git = gitdir([
      { files: { [API]: api("api:1.7", 2), "apps/api/hpa.yaml": SCALER, "apps/web/web.yaml": "a: 1\n" } },
      { files: { [API]: api("api:1.8", 6), "apps/web/web.yaml": "a: 2\n" } },
    ]);
    const { stderr } = await undoOn(git, "deployment/api --to-revision 1");
    expect(stderr).toContain("owned by HPA/api");
    expect(git.text(API, "undo")).toBe(api("api:1.7", 6));
    expect(git.git(["diff", "--name-only", "main", "undo"])).toBe(API);
  });
});
