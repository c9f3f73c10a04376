// Node's http and jose: reads {"token"}, verifies the signature, answers the payload. No status, no profile.
import { createServer } from "node:http";
import { compactVerify, importJWK } from "jose";

const key = await importJWK(JSON.parse(process.argv[3]), "ES256");
createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    let answer = { verdict: "rejected" };
    try {
      const { payload } = await compactVerify(JSON.parse(Buffer.concat(parts)).token, key);
      answer = { verdict: "accepted", credential: JSON.parse(new TextDecoder().decode(payload)) };
    } catch {
      // the answer says it
    }
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
