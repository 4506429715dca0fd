// What fhir-kit-client reads from the server of the first argument; written as one object.
import { Client } from "fhir-kit-client";

const [baseUrl, system] = process.argv.slice(2);
const client = new Client({ baseUrl });
const ask = (resourceType, name, input, method = "GET", id = undefined) =>
  client.operation({ resourceType, name, input, method, id });
const posted = (...parameter) => ({ resourceType: "Parameters", parameter });
const coding = { name: "coding", valueCoding: { system, code: "D6012" } };
const concept = [{ code: "D6010" }, { code: "D6012" }];
const list = { resourceType: "ValueSet", status: "active", compose: { include: [{ system, concept }] } };

const seen = {
  capabilities: (await client.capabilityStatement()).fhirVersion,
  read: (await client.read({ resourceType: "CodeSystem", id: "cdt" })).version,
  found: (await client.search({ resourceType: "CodeSystem", searchParams: { version: "2019" } })).total,
  lookup: await ask("CodeSystem", "$lookup", { system, code: "D6010" }),
  valid: await ask("CodeSystem", "$validate-code", { url: system, code: "D6010" }),
  ended: await ask("CodeSystem", "$validate-code", posted(coding), "POST"),
  then: await ask("CodeSystem", "validate-code", posted(coding, { name: "date", valueDate: "2019-05-05" }), "POST"),
  expanded: await ask("ValueSet", "$expand", { filter: "implant", activeOnly: true, date: "2026-03-02" }, "GET", "cdt-implant-services"),
  list: await ask("ValueSet", "$expand", posted({ name: "valueSet", resource: list }), "POST"),
};
try {
  await ask("CodeSystem", "$lookup", { system, code: "D9998" });
} catch (error) {
  seen.refused = [error.response.status, error.response.data.issue[0].code];
}
console.log(JSON.stringify(seen));
