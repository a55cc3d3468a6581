// SPDX-License-Identifier: Apache-2.0
// Renders mails as mail programs and forges do (GitHub's Markdown, which makes links by itself) and
// prints the HTML: mail.mjs MODULES MAIL
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [modules, mail] = process.argv.slice(2);
const { marked } = createRequire(path.join(modules, "x.js"))("marked");
process.stdout.write(marked.parse(fs.readFileSync(mail, "utf8"), { gfm: true }));
