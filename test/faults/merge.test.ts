import { describeFaults } from "./describe-faults.ts";

describeFaults({ mode: "merge", via: "api" }, { warm: true });
