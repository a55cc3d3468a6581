// SPDX-License-Identifier: Apache-2.0
/*!
 * Holds parts of d3 (d3js.org): d3-selection, d3-zoom and what these need.
 * Copyright 2010-2017 Mike Bostock; easing functions Copyright 2001 Robert Penner.
 * Redistribution and use in source and binary forms, with or without modification, are permitted
 * provided that the following conditions are met:
 * 1. Redistributions of source code must retain the above copyright notice, this list of conditions
 *    and the following disclaimer.
 * 2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions
 *    and the following disclaimer in the documentation and/or other materials provided with the
 *    distribution.
 * 3. Neither the name of the author nor the names of contributors may be used to endorse or promote
 *    products derived from this software without specific prior written permission.
 * THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR
 * IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR
 * CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
 * DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
 * DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER
 * IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT
 * OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
 */
// The page is complete without this.  What comes from outside is only ever put in as text.
import { initTimeline } from "./chart.js";
import { initGraph, initHeat } from "./graph.js";
import { element, initTables } from "./table.js";
import { initZone } from "./zone.js";

// Where a link leads: to conversations of a host or meeting, or to a row on another page of the table.
function initLinks(table) {
	document.addEventListener("click", e => {
		const only = e.target.closest("[data-only]"), link = e.target.closest("a[href^='#s']");
		if (only) {
			e.preventDefault();
			table.show(Object.fromEntries(only.dataset.only.split(" ").map(part => {
				const [key, index] = part.split(":");
				return [key, +index];
			})));
		} else if (link && /^#s\d+$/.test(link.getAttribute("href")) &&
			table.jump(+link.getAttribute("href").slice(2))) {
			e.preventDefault();
		}
	});
	const at = /^#s(\d+)$/.exec(location.hash);
	if (at)
		table.jump(+at[1]);
}

const data = JSON.parse(document.getElementById("tryst-data").textContent);
document.documentElement.classList.add("js");
document.body.append(element("div", { id: "announce", class: "off", role: "status" }));
initZone(data);
const table = initTables(data);
if (table)
	initLinks(table);
initTimeline(data, table);
initGraph(table);
initHeat(data);
