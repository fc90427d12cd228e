import { describeFaults } from "./describe-faults.ts";

describeFaults({ mode: "propose", via: "push" }, { warm: false });
