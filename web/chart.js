// SPDX-License-Identifier: Apache-2.0
// The timeline: zooms and pans by buttons, keys, dragging and Ctrl with the wheel; says what is under
// the pointer; leads to the conversation.  Drawn as the page is written: the same lanes, marks, and
// bars where there are more conversations in sight than can be told apart.
import * as d3 from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { beside, day, offset, onZone, wall } from "./zone.js";
import { element } from "./table.js";

const MARKS_MAX = 1500, BIN = 6, BAR = 6, TICK_MIN = 74, DATE_MIN = 96, LINE = 13, EDGE = 30;
const BARS_HEIGHT = 46, DAY = 86400000, STEP = 1.6;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
	172800, 604800, 1209600, 2592000, 7776000].map(s => s * 1000);
const number = new Intl.NumberFormat("en-US");

// d3 before its version 6 keeps the event to itself.
const event = given => d3["event"] || given;

class Timeline {
	constructor(data, svg, table) {
		const frame = svg.querySelector("metadata").dataset;
		for (const key of ["from", "to", "left", "width", "bars", "top", "bottom", "lane"])
			this[key] = +frame[key];
		this.hosts = frame.hosts.split(" ").map(Number);
		this.data = data;
		this.c = data.conversations;
		this.table = table;
		this.svg = d3.select(svg);
		this.node = svg;
		this.lane_of = new Map(this.hosts.map((host, lane) => [host, lane]));
		this.lanes = this.c.host.map(h => this.lane_of.has(h) ? this.lane_of.get(h) : this.hosts.length);
		this.kinds = this.c.verdict.map(v => data.kinds[v]);
		this.view = [this.from, this.to];
		this.clip();
		this.behaviour();
		this.buttons();
		this.pointer();
		onZone(() => this.draw());
	}

	// What is drawn anew stays within the chart.
	clip() {
		this.svg.append("clipPath").attr("id", "timeline-clip").append("rect")
			.attr("x", this.left - 6).attr("y", 0).attr("width", this.width + 12)
			.attr("height", this.bottom + 2);
	}

	behaviour() {
		const right = this.left + this.width;
		this.zoom = zoom().scaleExtent([1, Math.max(1, (this.to - this.from) / 500)])
			.extent([[this.left, 0], [right, this.bottom]])
			.translateExtent([[this.left, 0], [right, this.bottom]])
			.filter(given => {
				const e = event(given);
				return !e.button && (e.type !== "wheel" || e.ctrlKey || e.metaKey);
			})
			.on("zoom", given => {
				const e = event(given), at = x => this.from + (e.transform.invertX(x) - this.left) / this.width *
					(this.to - this.from);
				this.view = [at(this.left), at(right)];
				this.scale = e.transform.k;
				this.draw();
			});
		this.svg.call(this.zoom);
		this.scale = 1;
	}

	by(factor) {
		this.svg.call(this.zoom.scaleBy, factor);
	}

	pan(share) {
		this.svg.call(this.zoom.translateBy, -share * this.width / this.scale, 0);
	}

	all() {
		this.svg.call(this.zoom.transform, zoomIdentity);
	}

	buttons() {
		const actions = [["Zoom in", () => this.by(STEP)], ["Zoom out", () => this.by(1 / STEP)],
			["Earlier", () => this.pan(-0.3)], ["Later", () => this.pan(0.3)],
			["All", () => this.all()]];
		const keys = { "+": 0, "=": 0, "-": 1, ArrowLeft: 2, ArrowRight: 3, 0: 4 };
		const scroll = this.node.parentElement;
		this.span = element("output", { class: "span" });
		scroll.before(element("div", { class: "controls", role: "group", "aria-label": "Timeline" },
			...actions.map(([title, action]) => {
				const b = element("button", { type: "button" }, title);
				b.addEventListener("click", action);
				return b;
			}), this.span));
		scroll.addEventListener("keydown", e => {
			if (e.key in keys && !e.ctrlKey && !e.metaKey && !e.altKey) {
				actions[keys[e.key]][1]();
				e.preventDefault();
			}
		});
		this.tell();
	}

	tell() {
		this.span.textContent = this.scale > 1.001
			? `${wall(this.view[0])} to ${wall(this.view[1]).slice(11)}` : "";
	}

	x(ms) {
		return this.left + this.width * (ms - this.view[0]) / (this.view[1] - this.view[0]);
	}

	y(lane) {
		return this.top + (lane + 0.5) * this.lane;
	}

	draw() {
		const [from, to] = this.view, c = this.c, seen = [];
		for (let i = 0; i < c.first.length; i++) {
			if (c.first[i] <= to && c.first[i] + c.length[i] >= from)
				seen.push(i);
		}
		this.seen = seen;
		this.binned = seen.length > MARKS_MAX;
		this.events();
		this.axis();
		this.histogram();
		if (this.binned)
			this.bins();
		else
			this.marks();
		this.tell();
	}

	group(name) {
		const g = this.svg.select("g." + name);
		g.selectAll("*").remove();
		return g.attr("clip-path", "url(#timeline-clip)");
	}

	marks() {
		const g = this.group("marks"), c = this.c;
		const order = [...this.seen].sort((a, b) => this.kinds[b] - this.kinds[a] || a - b);
		for (const i of order) {
			const x = this.x(c.first[i]), x2 = this.x(c.first[i] + c.length[i]), y = this.y(this.lanes[i]);
			if (x2 - x >= 7)
				g.append("path").attr("class", "l" + this.kinds[i])
					.attr("d", `M${Math.max(x, this.left - 9)} ${y}H${Math.min(x2, this.left + this.width + 9)}`);
			if (x >= this.left - 6)
				g.append("use").attr("href", "#k" + this.kinds[i]).attr("x", x).attr("y", y);
		}
	}

	bins() {
		const g = this.group("marks"), counts = new Map();
		for (const i of this.seen) {
			const at = Math.floor((Math.max(this.x(this.c.first[i]), this.left) - this.left) / BIN);
			const key = this.lanes[i] * 4096 + at, bin = counts.get(key) || [0, 9];
			bin[0]++;
			bin[1] = Math.min(bin[1], this.kinds[i]);
			counts.set(key, bin);
		}
		for (const [key, [n, kind]] of counts) {
			const height = Math.min(3 + 1.6 * Math.log2(n), this.lane - 2);
			g.append("rect").attr("class", "b" + kind).attr("width", BIN - 1).attr("height", height)
				.attr("x", this.left + key % 4096 * BIN + 0.5)
				.attr("y", this.y(Math.floor(key / 4096)) - height / 2);
		}
	}

	histogram() {
		const counts = [];
		let most = 1, d = "";
		for (const i of this.seen) {
			const at = Math.floor((this.x(this.c.first[i]) - this.left) / BAR);
			if (at >= 0)
				most = Math.max(most, counts[at] = (counts[at] || 0) + 1);
		}
		counts.forEach((n, at) => {
			d += `M${this.left + at * BAR + 0.5} ${this.bars}v-${Math.max(2, (BARS_HEIGHT - 8) * n / most)}h${BAR - 1}V${this.bars}z`;
		});
		this.svg.select("path.bars").attr("d", d);
		this.svg.select("text.peak").text("all, peak " + number.format(most));
	}

	// Bands and their names keep their rows; a name stays in sight as long as its band is.
	events() {
		const right = this.left + this.width;
		this.node.querySelectorAll("[data-from].event, [data-from].dead").forEach(e => {
			const a = this.x(+e.dataset.from), b = this.x(+e.dataset.to);
			const x = Math.min(Math.max(a, this.left), right), x2 = Math.min(Math.max(b, this.left), right);
			const out = b < this.left || a > right;
			e.setAttribute("visibility", out ? "hidden" : "visible");
			if (e.tagName === "rect") {
				e.setAttribute("x", x);
				e.setAttribute("width", Math.max(x2 - x, 1.5));
			} else {
				const end = x > right - 180;
				e.setAttribute("x", end ? x - 4 : x + 4);
				e.setAttribute("text-anchor", end ? "end" : "start");
			}
		});
	}

	step() {
		const span = this.view[1] - this.view[0], most = Math.max(this.width / TICK_MIN, 1);
		return STEPS.find(s => span / s <= most) || Math.ceil(span / most / (365 * DAY)) * 365 * DAY;
	}

	axis() {
		const g = this.svg.select("g.axis"), step = this.step(), [from, to] = this.view;
		const shift = offset(from), right = this.left + this.width;
		let date = "", dateX = -1e9;
		g.selectAll("*").remove();
		for (let t = Math.ceil((from + shift) / step) * step - shift; t <= to; t += step) {
			const x = this.x(t), text = wall(t), other = beside(t);
			const clock = step >= 60000 ? 16 : 19, days = step >= DAY;
			let y = this.bottom + LINE;
			const tick = g.append("g").attr("transform", `translate(${x})`)
				.attr("class", x - this.left < EDGE ? "at-begin" : right - x < EDGE ? "at-end" : null);
			tick.append("path").attr("class", "grid").attr("d", `M0 ${this.bars - BARS_HEIGHT + 4}V${this.bottom}`);
			tick.append("text").attr("class", "t").attr("y", y).text(days ? day(text) : text.slice(11, clock));
			if (other) {
				y += LINE;
				tick.append("text").attr("class", "t z").attr("y", y).text(other.slice(11, clock));
			}
			const below = text.slice(0, days ? 4 : 10);
			if (below !== date && x - dateX >= DATE_MIN) {
				date = below;
				dateX = x;
				tick.append("text").attr("class", "date").attr("y", y + LINE).text(below);
			}
		}
	}

	// The conversation nearest to the pointer in its lane, within some pixels.
	nearest(e) {
		const point = new DOMPoint(e.clientX, e.clientY).matrixTransform(this.node.getScreenCTM().inverse());
		const lane = Math.floor((point.y - this.top) / this.lane);
		let best = -1, distance = 9;
		for (const i of this.seen || this.c.first.keys()) {
			if (this.lanes[i] !== lane)
				continue;
			const x = this.x(this.c.first[i]), x2 = this.x(this.c.first[i] + this.c.length[i]);
			const d = point.x < x ? x - point.x : point.x > x2 ? point.x - x2 : 0;
			if (d < distance) {
				best = i;
				distance = d;
			}
		}
		return best;
	}

	describe(i) {
		const c = this.c, m = c.meeting[i], bytes = c.bytes_in[i] < 0 ? []
			: [`${number.format(c.bytes_in[i])} bytes in, ${number.format(c.bytes_out[i])} out`];
		return [`No. ${c.id[i]}, ${wall(c.first[i])}`,
			`${this.table.end(i, "peer")} ${["", "\u2192", "\u2190", "\u2194"][c.way[i]]} ${this.table.end(i, "home")} ${this.table.proto(i)}`,
			`${this.data.verdicts[c.verdict[i]]}${c.length[i] >= 100 ? `, ${(c.length[i] / 1000).toFixed(1)} s` : ""}`,
			...bytes, ...(m < 0 ? [] : [`meeting ${this.data.meetings[m].join(", ")}`])];
	}

	pointer() {
		const tip = element("div", { class: "tip", role: "status" });
		tip.hidden = true;
		document.body.append(tip);
		const hide = () => { tip.hidden = true; };
		this.node.addEventListener("pointermove", e => {
			const i = e.buttons ? -1 : this.nearest(e);
			this.node.style.cursor = i < 0 ? "" : "pointer";
			if (i < 0)
				return hide();
			tip.replaceChildren(...this.describe(i).map(line => element("div", {}, line)));
			tip.hidden = false;
			const width = tip.offsetWidth, x = e.pageX + 14;
			tip.style.left = Math.max(8, x + width > document.documentElement.clientWidth
				? e.pageX - width - 14 : x) + "px";
			tip.style.top = e.pageY + 14 + "px";
		});
		this.node.addEventListener("pointerleave", hide);
		this.node.addEventListener("click", e => {
			const i = this.nearest(e);
			if (e.defaultPrevented || e.target.closest("text") || i < 0)
				return;
			e.preventDefault();
			hide();
			this.table.jump(this.c.id[i]);
		});
	}
}

export function initTimeline(data, table) {
	const svg = document.getElementById("timeline");
	return svg && table ? new Timeline(data, svg, table) : null;
}
