// SPDX-License-Identifier: Apache-2.0
// Holds STIX bundles to the JSON schemas of OASIS, and the identifiers of their observables to a
// second implementation: stix.mjs MODULES BUNDLE...  One line a mistake; exits with 1 if any.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, ...bundles] = process.argv.slice(2);
const require = createRequire(path.join(modules, "x.js"));
const Ajv = require("ajv").default;
const schemas = path.join(modules, "node_modules/stixview/src/stix2-schemas");
const ids = await import(pathToFileURL(
	path.join(modules, "node_modules/@security-alliance/stix/dist/2.1/identifiers.js")));

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false,
	unicodeRegExp: false });
const byType = new Map();
const files = fs.readdirSync(schemas, { withFileTypes: true }).filter(d => d.isDirectory())
	.flatMap(d => fs.readdirSync(path.join(schemas, d.name)).map(f => path.join(d.name, f)));
for (const file of files.filter(f => f.endsWith(".json"))) {
	const schema = JSON.parse(fs.readFileSync(path.join(schemas, file)));
	// They name the draft in two ways.
	schema.$schema = "http://json-schema.org/draft-07/schema#";
	ajv.addSchema(schema);
	byType.set(path.basename(file, ".json"), schema.$id);
}

let mistakes = 0;
function mistake(...words) {
	mistakes++;
	console.log(...words);
}

// What contributes to the identifiers of observables (STIX 2.1, 6).
const contributing = {
	"ipv4-addr": ["value"],
	"ipv6-addr": ["value"],
	"network-traffic": ["start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols",
		"extensions"],
};

function checkObject(object) {
	const id = byType.get(object.type);
	// The schemas are older than extension definitions.
	const validate = ajv.getSchema(id ?? byType.get("core"));
	if (!validate(object))
		mistake(object.id, JSON.stringify(validate.errors.slice(0, 3)));
	const keys = contributing[object.type];
	if (!keys) return;
	const used = Object.fromEntries(keys.filter(k => k in object).map(k => [k, object[k]]));
	const want = ids.generateDeterministicId(object.type, used);
	if (object.id !== want) mistake(object.id, "should be", want);
}

function references(object) {
	const found = [];
	for (const [key, value] of Object.entries(object)) {
		if (key.endsWith("_ref")) found.push(value);
		if (key.endsWith("_refs")) found.push(...value);
	}
	return found;
}

for (const file of bundles) {
	const bundle = JSON.parse(fs.readFileSync(file));
	const known = new Set(bundle.objects.map(o => o.id));
	if (known.size !== bundle.objects.length) mistake(file, "an identifier comes twice");
	if (bundle.type !== "bundle" || !bundle.id.startsWith("bundle--")) mistake(file, "no bundle");
	for (const object of bundle.objects) {
		checkObject(object);
		for (const ref of references(object))
			if (!known.has(ref)) mistake(object.id, "refers to", ref, "which is not there");
		if (object.type === "network-traffic" && "end" in object && object.is_active !== false)
			mistake(object.id, "has ended and is active");
	}
	console.log(`# ${file}: ${bundle.objects.length} objects`);
}
process.exit(mistakes ? 1 : 0);
