// SPDX-License-Identifier: Apache-2.0
// Tables that sort and filter.  The table of conversations is drawn from the data, page by page, since
// the page as it is written holds only the first of many; the others sort the rows they have.
import { besideClock, say, wall } from "./zone.js";

const PAGE = 100, PRINT_MAX = 600;
const number = new Intl.NumberFormat("en-US");

export function element(name, attributes, ...children) {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (value !== undefined && value !== false)
			e.setAttribute(key, value === true ? "" : value);
	}
	e.append(...children);
	return e;
}

export function mark(kind) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
	for (const [key, value] of [["class", "mark"], ["viewBox", "-6 -6 12 12"], ["width", 12],
		["height", 12], ["aria-hidden", "true"]])
		svg.setAttribute(key, value);
	use.setAttribute("href", "#k" + kind);
	svg.append(use);
	return svg;
}

const announce = text => {
	document.getElementById("announce").textContent = text;
};

// Heads become buttons; order() is called with the column and the direction.
function sortable(table, order) {
	const heads = [...table.tHead.querySelectorAll("th[data-column]")];

	for (const th of heads) {
		if (!th.textContent.trim())
			continue;
		const button = element("button", { type: "button" }, ...th.childNodes);
		th.append(button);
		button.addEventListener("click", () => {
			const up = th.getAttribute("aria-sort") !== "ascending";
			heads.forEach(h => h.removeAttribute("aria-sort"));
			th.setAttribute("aria-sort", up ? "ascending" : "descending");
			order(+th.dataset.column, up, th.className[0]);
			announce(`Sorted by ${button.textContent}, ${up ? "ascending" : "descending"}`);
		});
	}
}

function cellValue(row, column, kind) {
	const cell = row.cells[column], text = cell.textContent.trim();
	if (kind === "d") {
		const time = cell.querySelector("time");
		return time ? Date.parse(time.getAttribute("datetime")) : -Infinity;
	}
	if (kind === "n") {
		const v = parseFloat(text.replace(/,/g, "").replace("\u2212", "-"));
		return isNaN(v) ? -Infinity : v;
	}
	return text;
}

const collator = new Intl.Collator("en", { numeric: true });
const compare = (a, b) => typeof a === "string" ? collator.compare(a, b) : a - b;

// A table whose rows are all there.
function plainTable(table) {
	const body = table.tBodies[0], rows = [...body.rows];

	sortable(table, (column, up, kind) => {
		const base = +table.tHead.querySelector("th[data-column]").dataset.column;
		const keyed = rows.map(r => [cellValue(r, column - base, kind), r]);
		keyed.sort((a, b) => (up ? 1 : -1) * compare(a[0], b[0]));
		body.append(...keyed.map(k => k[1]));
	});
	if (rows.length < 12)
		return;
	const input = element("input", { type: "search", placeholder: "Filter" });
	input.addEventListener("input", () => {
		const words = input.value.toLowerCase().split(/\s+/);
		let shown = 0;
		for (const row of rows) {
			row.hidden = !words.every(w => row.textContent.toLowerCase().includes(w));
			shown += !row.hidden;
		}
		announce(`${shown} of ${rows.length} rows`);
	});
	table.parentElement.before(element("div", { class: "controls" },
		element("label", {}, element("span", { class: "off" },
			"Filter: " + table.caption.textContent), input)));
}

const PROTO = { 1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 41: "ipv6", 47: "gre", 50: "esp", 51: "ah",
	58: "ipv6-icmp", 89: "ospf", 132: "sctp" };

// What a row says, and what it sorts by; column for column as the page is written.
class Conversations {
	constructor(data, table) {
		this.data = data;
		this.c = data.conversations;
		this.table = table;
		this.body = table.tBodies[0];
		this.all = this.c.id.map((_, i) => i);
		this.shown = this.all;
		this.page = 0;
		this.only = {};
		this.kinds = this.c.verdict.map(v => data.kinds[v]);
		this.row_of = new Map(this.c.id.map((id, i) => [id, i]));
		this.rows_max = PAGE;
		this.controls();
		sortable(table, (column, up) => this.sort(column, up));
		if (this.all.length > PAGE)
			this.draw();
		// Paper has no next page to turn to.
		window.addEventListener("beforeprint", () => this.resize(PRINT_MAX));
		window.addEventListener("afterprint", () => this.resize(PAGE));
	}

	end(i, side) {
		const ip = this.data.ips[this.c[side][i]], port = this.c[side + "_port"][i];
		return port < 0 ? ip : ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
	}

	proto(i) {
		return PROTO[this.c.proto[i]] || "proto " + this.c.proto[i];
	}

	flags(i) {
		const text = v => v < 0 ? "" : [..."UAPRSF"].map((l, n) => v & (32 >> n) ? l : ".").join("");
		return `${text(this.c.flags_in[i])} ${text(this.c.flags_out[i])}`.trim();
	}

	keys(column) {
		const c = this.c;
		return [i => c.id[i], i => c.first[i], i => c.length[i], i => this.proto(i),
			i => this.end(i, "peer"), i => c.way[i], i => this.end(i, "home"),
			i => c.packets_in[i], i => c.packets_out[i], i => c.bytes_in[i], i => c.bytes_out[i],
			i => this.flags(i), i => c.began[i], i => this.data.verdicts[c.verdict[i]],
			i => c.meeting[i] < 0 ? 1e9 : c.meeting[i], i => c.records[i][0],
			i => c.listed_as[i]][column];
	}

	sort(column, up) {
		const key = this.keys(column);
		const keyed = this.all.map(i => [key(i), i]);
		keyed.sort((a, b) => (up ? 1 : -1) * compare(a[0], b[0]) || a[1] - b[1]);
		this.all = keyed.map(k => k[1]);
		this.filter();
	}

	// The text that words are looked for in.
	text(i) {
		const c = this.c, host = this.data.hosts[c.host[i]], m = c.meeting[i];
		return (this.texts || (this.texts = []))[i] || (this.texts[i] = [c.id[i], wall(c.first[i]),
			this.proto(i), this.end(i, "peer"), this.end(i, "home"), this.flags(i), c.began[i],
			this.data.verdicts[c.verdict[i]], c.listed_as[i], host[1], m < 0 ? "" : this.data.meetings[m][1],
			this.data.inputs[c.records[i][1]] || ""].join(" ").toLowerCase());
	}

	controls() {
		const used = [...new Set(this.kinds)].sort();
		const names = this.data.kind_names;
		this.input = element("input", { type: "search", id: "filter",
			placeholder: "Address, port, label, verdict" });
		this.kind = element("select", { id: "kind" }, new Option("any", ""));
		used.forEach(k => this.kind.append(new Option(names[k], k)));
		this.count = element("output", { for: "filter kind" });
		this.chips = element("span", { class: "chips" });
		this.pager = element("span", { class: "pager" });
		this.input.addEventListener("input", () => this.filter());
		this.kind.addEventListener("change", () => this.filter());
		this.table.parentElement.before(element("div", { class: "controls", role: "search",
			"aria-label": "Filter conversations" },
		element("label", {}, "Filter ", this.input),
		element("label", {}, "Outcome ", this.kind), this.chips, this.count, this.pager));
		this.tell();
	}

	filter() {
		const words = this.input.value.toLowerCase().split(/\s+/).filter(w => w);
		const kind = this.kind.value, { host, meeting } = this.only;
		this.shown = this.all.filter(i => (kind === "" || this.kinds[i] === +kind) &&
			(host === undefined || this.c.host[i] === host) &&
			(meeting === undefined || this.c.meeting[i] === meeting) &&
			(!words.length || words.every(w => this.text(i).includes(w))));
		this.page = 0;
		this.draw();
	}

	// Only the conversations of a host, of a meeting, or of both: {host: 3, meeting: 0}.
	show(only) {
		this.only = only;
		this.input.value = "";
		this.kind.value = "";
		this.filter();
		document.getElementById("conversations").scrollIntoView();
		this.table.parentElement.focus({ preventScroll: true });
	}

	// The row of one conversation, on whatever page it is; false if the page does not hold it.
	jump(id) {
		const i = this.row_of.get(id);
		if (i === undefined)
			return false;
		if (!this.shown.includes(i)) {
			this.only = {};
			this.input.value = "";
			this.kind.value = "";
			this.filter();
		}
		const page = Math.floor(this.shown.indexOf(i) / this.rows_max);
		if (page !== this.page || !document.getElementById("s" + id)) {
			this.page = page;
			this.draw();
		}
		const row = document.getElementById("s" + id);
		this.body.querySelectorAll(".at").forEach(r => r.classList.remove("at"));
		row.classList.add("at");
		row.tabIndex = -1;
		row.scrollIntoView({ block: "center" });
		row.focus({ preventScroll: true });
		return true;
	}

	tell() {
		const chip = (key, title) => {
			const b = element("button", { type: "button", class: "chip" }, title,
				element("span", { "aria-hidden": "true" }, " \u00d7"));
			b.setAttribute("aria-label", "Remove: " + title);
			b.addEventListener("click", () => {
				delete this.only[key];
				this.filter();
			});
			return b;
		};
		const { host, meeting } = this.only, pages = Math.ceil(this.shown.length / this.rows_max);
		this.chips.replaceChildren();
		if (host !== undefined)
			this.chips.append(chip("host", this.data.hosts[host][0]));
		if (meeting !== undefined)
			this.chips.append(chip("meeting", this.data.meetings[meeting][1]));
		this.count.textContent = `${number.format(this.shown.length)} of ${number.format(this.all.length)}`;
		this.pager.replaceChildren();
		if (pages < 2)
			return;
		const turn = (title, by) => {
			const b = element("button", { type: "button" }, title);
			b.disabled = this.page + by < 0 || this.page + by >= pages;
			b.addEventListener("click", () => {
				this.page += by;
				this.draw();
			});
			return b;
		};
		this.pager.append(turn("Previous", -1), ` page ${this.page + 1} of ${pages} `, turn("Next", 1));
	}

	draw() {
		const from = this.page * this.rows_max;
		this.body.replaceChildren(...this.shown.slice(from, from + this.rows_max).map(i => this.row(i)));
		this.tell();
	}

	resize(rows) {
		if (this.shown.length <= PAGE)
			return;
		this.page = 0;
		this.rows_max = rows;
		this.draw();
	}

	address(i, side, bit) {
		const ip = this.data.ips[this.c[side][i]], port = this.c[side + "_port"][i];
		const td = element("td", { class: this.c.listed[i] & bit ? "t a listed" : "t a" });
		td.append(port >= 0 && ip.includes(":") ? `[${ip}]` : ip);
		if (port >= 0)
			td.append(element("span", { class: "p" }, ":" + port));
		return td;
	}

	counted(v) {
		return element("td", { class: "n" }, v < 0
			? element("span", { class: "q", title: "not recorded" }, "\u2013") : number.format(v));
	}

	records(i) {
		const td = element("td", { class: "t refs" }), [all, ...refs] = this.c.records[i];
		const several = this.data.inputs.length > 1;
		for (let k = 0; k < refs.length; k += 2) {
			const name = several && (!k || refs[k] !== refs[k - 2])
				? this.data.inputs[refs[k]] + "\u00a0" : "";
			td.append(k ? " " : "", `${name}#${refs[k + 1]}`);
		}
		if (all > refs.length / 2)
			td.append(` +${all - refs.length / 2}`);
		return td;
	}

	row(i) {
		const c = this.c, m = c.meeting[i], tenths = Math.floor(c.length[i] / 100);
		const iso = new Date(c.first[i]);
		const time = element("time", { datetime: isNaN(iso) ? String(c.first[i]) : iso.toISOString(),
			class: this.data.one_day ? "c" : undefined });
		const grade = m < 0 ? "" : element("a", { href: "#r" + (m + 1) },
			element("abbr", { class: "grade g" + this.data.meetings[m][0] }, this.data.meetings[m][0]));
		const other = besideClock(c.first[i]);
		say(time);
		return element("tr", { id: "s" + c.id[i] },
			element("th", { scope: "row", class: "n" }, String(c.id[i])),
			element("td", { class: "d" }, time, ...(other ? [" ", element("span", { class: "z" }, other)] : [])),
			element("td", { class: "n" }, tenths ? number.format(Math.floor(tenths / 10)) + "." + tenths % 10 : ""),
			element("td", { class: "t" }, this.proto(i)),
			this.address(i, "peer", 1),
			element("td", { class: "t" }, ["", "\u2192", "\u2190", "\u2194"][c.way[i]]),
			this.address(i, "home", 2),
			...[c.packets_in, c.packets_out, c.bytes_in, c.bytes_out].map(v => this.counted(v[i])),
			...(this.data.has_flags ? [element("td", { class: "t f" }, this.flags(i))] : []),
			element("td", { class: "t" }, c.began[i]),
			element("td", { class: "t k" }, mark(this.kinds[i]), " " + this.data.verdicts[c.verdict[i]]),
			element("td", { class: "t" }, grade),
			this.records(i),
			...(this.data.has_listed_as ? [element("td", { class: "t s" }, c.listed_as[i])] : []));
	}
}

export function initTables(data) {
	const table = document.getElementById("conversations-t");
	document.querySelectorAll("table[id$='-t']").forEach(t => {
		if (t !== table)
			plainTable(t);
	});
	return table ? new Conversations(data, table) : null;
}
