// SPDX-License-Identifier: Apache-2.0
// Who met whom: pointing at a host, an endpoint or a line shows what belongs to it; a line leads to its
// conversations.  And the heat map, which follows the zone.
import { onZone, offset, zoneName } from "./zone.js";
import { element } from "./table.js";

const HOUR = 3600000, DAY = 24 * HOUR, DAYS_MAX = 35, LEVELS = 9;
const WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const number = new Intl.NumberFormat("en-US");

export function initGraph(table) {
	const svg = document.getElementById("graph");
	if (!svg || !table)
		return;
	const edges = [...svg.querySelectorAll(".edge")];
	const nodes = [...svg.querySelectorAll("a[data-node]")];
	const ends = edges.map(e => e.dataset.edge.split(":").map(Number));
	const side = node => node.classList.contains("host") ? 0 : 1;
	const light = test => {
		const near = new Set();
		edges.forEach((e, k) => {
			const on = test(k);
			e.classList.toggle("dim", !on);
			if (on)
				ends[k].forEach((n, s) => near.add(s + ":" + n));
		});
		nodes.forEach(n => n.classList.toggle("dim", !near.has(side(n) + ":" + n.dataset.node)));
	};
	const clear = () => [...edges, ...nodes].forEach(e => e.classList.remove("dim"));

	nodes.forEach(n => {
		n.addEventListener("pointerenter", () => light(k => ends[k][side(n)] === +n.dataset.node));
		n.addEventListener("pointerleave", clear);
	});
	edges.forEach((e, k) => {
		e.addEventListener("pointerenter", () => light(j => j === k));
		e.addEventListener("pointerleave", clear);
	});
}

function heatRows(data) {
	const first = data.conversations.first, shifted = first.map(ms => ms + offset(ms));
	const days = shifted.map(ms => Math.floor(ms / DAY));
	const low = days.reduce((a, b) => Math.min(a, b), Infinity);
	const high = days.reduce((a, b) => Math.max(a, b), -Infinity);
	const week = high - low >= DAYS_MAX;
	const rows = new Map();
	for (let day = week ? 0 : low; day <= (week ? 6 : high); day++)
		rows.set(day, new Array(24).fill(0));
	shifted.forEach((ms, i) => {
		// 1 January 1970 was a Thursday; row 0 is Monday.
		rows.get(week ? (days[i] + 3) % 7 : days[i])[Math.floor(ms % DAY / HOUR)]++;
	});
	return [rows, week];
}

// Drawn as the page is written; of the conversations that the page holds.
export function initHeat(data) {
	const table = document.getElementById("heat");
	if (!table || data.all !== data.conversations.id.length)
		return;
	onZone(() => {
		const [rows, week] = heatRows(data);
		const most = Math.max(...[...rows.values()].flat());
		table.caption.textContent = `Conversations by ${week ? "day of the week" : "day"} and hour (${zoneName()}) in which they began`;
		table.tBodies[0].replaceChildren(...[...rows].map(([day, hours]) => {
			const name = week ? WEEK[day]
				: `${WEEK[(day + 3) % 7].slice(0, 3)} ${new Date(day * DAY).toISOString().slice(0, 10)}`;
			return element("tr", {}, element("th", { scope: "row" }, name), ...hours.map(n => {
				const level = most > 1 ? 1 + Math.floor((LEVELS - 1) * Math.log(n) / Math.log(most)) : 4;
				return n ? element("td", { class: "h" + level }, number.format(n)) : element("td");
			}));
		}));
	});
}
