// Seconds that badge-maker takes for one badge, over argv[2] of them, each with another text.
import { makeBadge } from "badge-maker";

const count = Number(process.argv[2]);
const draw = (n) => makeBadge({ label: "L Certification", message: `certified ${n}`, color: "#0b6e4f" });
for (let n = 0; n < 200; n++) draw(n);
const start = process.hrtime.bigint();
for (let n = 0; n < count; n++) draw(n);
console.log(Number(process.hrtime.bigint() - start) / 1e9 / count);
