// Reads {name: resource} and writes {name: messages} of each that npm's fhir does not find to be one of FHIR R4.
import fhir from "fhir";
import { readFileSync } from "node:fs";

const validator = new fhir.Fhir();
const wrong = {};
for (const [name, resource] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const found = validator.validate(resource, { errorOnUnexpected: true });
  if (!found.valid) wrong[name] = found.messages.map((one) => `${one.location}: ${one.message}`);
}
console.log(JSON.stringify(wrong));
