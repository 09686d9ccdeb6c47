// Prints each JSON text of its input anew: lines of base64 in, lines of base64 out, and a "-" for a
// text that is refused.
import { createInterface } from "node:readline";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lines = [];
for await (const line of createInterface({ input: process.stdin })) {
	try {
		const text = utf8.decode(Buffer.from(line, "base64"));
		lines.push(Buffer.from(JSON.stringify(JSON.parse(text))).toString("base64"));
	} catch {
		lines.push("-");
	}
}
process.stdout.write(lines.join("\n") + "\n");
