// SPDX-License-Identifier: Apache-2.0
// What the test of the page asks the page; it is put there by the test, the page knows nothing of it.
window.probe = {
	// All text against what is behind it, as WCAG 2.2 (1.4.3) counts: what is under 4.5, or 3 where large.
	contrast() {
		const luminance = c => {
			const [r, g, b] = c.map(v => v / 255 <= .03928 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4);
			return .2126 * r + .7152 * g + .0722 * b;
		};
		const rgba = text => {
			const m = text.match(/[\d.]+/g).map(Number);
			return m.length < 4 ? [...m, 1] : m;
		};
		const behind = e => {
			const layers = [];
			for (; e; e = e.parentElement) {
				const c = rgba(getComputedStyle(e).backgroundColor);
				if (c[3])
					layers.push(c);
				if (c[3] === 1)
					break;
			}
			return layers.reverse().reduce((base, c) => base.map((v, i) => v * (1 - c[3]) + c[i] * c[3]),
				[255, 255, 255]);
		};
		const low = new Set();
		for (const e of document.querySelectorAll("body *")) {
			if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length ||
				e.closest("script, style, title, option, metadata, :disabled"))
				continue;
			const style = getComputedStyle(e), svg = e.closest("svg");
			const a = luminance(rgba(svg ? style.fill : style.color).slice(0, 3));
			const b = luminance(behind(svg ? svg.parentElement : e));
			const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
			if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
				low.add(`${e.tagName}.${e.getAttribute("class")} ${ratio.toFixed(2)} ${e.textContent.slice(0, 30)}`);
		}
		return [...low].slice(0, 5).join("; ");
	},

	// What an assistive program, or somebody without a mouse, would miss.
	access() {
		const bad = new Set(), ids = [...document.querySelectorAll("[id]")].map(e => e.id);
		const all = (selector, wrong, what) => document.querySelectorAll(selector).forEach(e => {
			if (wrong(e))
				bad.add(`${what}: ${e.textContent.slice(0, 30) || e.tagName}`);
		});
		let level = 0;
		if (!document.documentElement.lang || !document.title)
			bad.add("no language or title");
		if (new Set(ids).size !== ids.length)
			bad.add("ids twice");
		all("a[href]", a => !a.getAttribute("href").startsWith("#") ||
			!document.getElementById(a.getAttribute("href").slice(1)), "link to nowhere");
		all("[aria-labelledby]", e => !document.getElementById(e.getAttribute("aria-labelledby")), "no label");
		all("svg", e => !e.closest("[aria-hidden]") &&
			!(e.getAttribute("role") === "img" && e.querySelector("title")), "picture without a name");
		all("th", e => !e.scope, "th without scope");
		all("table", e => !e.caption, "table without caption");
		all("input, select", e => !e.labels || !e.labels.length, "control without label");
		all("h1, h2, h3", e => {
			const skipped = +e.tagName[1] > level + 1;
			level = +e.tagName[1];
			return skipped;
		}, "heading below no heading");
		return [...bad].slice(0, 5).join("; ");
	},

	// What can only come from a label that was taken for markup.
	foreign() {
		return document.querySelectorAll("img, iframe, object, embed, link, base, form, [style], [onerror], " +
			"[onload], [onmouseover], [onclick]").length;
	},

	rows: () => document.querySelectorAll("#conversations-t tbody tr").length,
	// A row without what only one of the two has: links, and titles of marks.
	row(id) {
		const row = document.getElementById("s" + id);
		return [...row.cells].map(c => `${c.tagName}.${c.className} ${c.innerText}`).join("|");
	},
	cell: n => document.querySelector("#conversations-t tbody tr").cells[n].innerText,
	marks: () => document.querySelectorAll("#timeline .marks use").length,
	span: () => document.querySelector("output.span").textContent,
	text: selector => document.querySelector(selector).textContent,
	focused: () => document.activeElement.id,

	click(selector) {
		document.querySelector(selector).dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
	},
	button(title) {
		[...document.querySelectorAll("button")].find(b => b.textContent === title).click();
	},
	sort(table, title) {
		const th = [...document.querySelectorAll(`#${table} th`)].find(t => t.textContent === title);
		th.querySelector("button").click();
		return th.getAttribute("aria-sort");
	},
	set(id, value) {
		const e = document.getElementById(id);
		e.value = value;
		e.dispatchEvent(new Event(e.tagName === "SELECT" ? "change" : "input"));
	},
	// The middle of an element in the window, once it is in sight.
	middle(selector, dy) {
		const e = document.querySelector(selector);
		e.scrollIntoView({ block: "center" });
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + (dy === undefined ? r.height / 2 : dy)];
	},
	figure(title) {
		return [...document.querySelectorAll(".figures div")].find(d => d.querySelector("dt").textContent === title)
			.querySelector("dd").textContent;
	},
	counts: () => [...document.querySelectorAll("#hosts-t tbody tr a[data-only]")].map(a => +a.textContent),
};
