// SPDX-License-Identifier: Apache-2.0
// Times in a chosen zone.  The page is written in UTC; every <time> carries its instant, and so does
// every tick of a chart.  A zone is {name, offset(ms)}, offset in milliseconds east of UTC.

const HOUR = 3600000;
const utc = { name: "UTC", offset: () => 0 };

function fixed(name, seconds) {
	return { name, offset: () => seconds * 1000 };
}

// A zone of the browser's own table, asked once an hour of the data (clocks change on the hour or the
// half in all of them since 1970, but for a handful of days).
function named(name, title) {
	const known = new Map();
	const format = new Intl.DateTimeFormat("en-US-u-ca-iso8601-hc-h23", {
		timeZone: name, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
		minute: "2-digit", second: "2-digit",
	});
	return {
		name: title || name,
		offset(ms) {
			const slot = Math.floor(ms / (HOUR / 2));
			let offset = known.get(slot);
			if (offset === undefined) {
				const at = slot * (HOUR / 2), p = {};
				for (const { type, value } of format.formatToParts(new Date(at)))
					p[type] = +value;
				offset = Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - at;
				known.set(slot, offset);
			}
			return offset;
		},
	};
}

let current = utc, second = null;
const listeners = [];

export function onZone(f) {
	listeners.push(f);
}

export function zoneName() {
	return current.name;
}

export function offset(ms) {
	return current.offset(ms);
}

// The zone that the page was written with, while times are in UTC: charts show both.
export function beside(ms) {
	return second && current === utc ? text(ms + second.offset(ms)) : "";
}

// The same as tables say it: "15:09:54 -04:00".
export function besideClock(ms) {
	const full = beside(ms), minutes = full ? Math.round(second.offset(ms) / 60000) : 0;
	const two = v => String(v).padStart(2, "0"), away = Math.abs(minutes);
	return full && `${full.slice(11)} ${minutes < 0 ? "-" : "+"}${two(Math.floor(away / 60))}:${two(away % 60)}`;
}

function text(ms) {
	const date = new Date(ms), iso = isNaN(date) ? "" : date.toISOString();
	return iso.length === 24 ? iso.slice(0, 10) + " " + iso.slice(11, 19) : "";
}

// "2003-08-22 19:10:00" in the current zone; the instant as it is where it has no date.
export function wall(ms) {
	return text(ms + current.offset(ms)) || String(ms);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// "22 Aug", with the clock where a day of UTC begins at another time in the zone.
export function day(full) {
	const clock = full.slice(11, 16);
	return `${full.slice(8, 10)} ${MONTHS[+full.slice(5, 7) - 1]}${clock === "00:00" ? "" : " " + clock}`;
}

// A <time> says its clock alone where all of the page is of one day, and the day still is that day.
export function say(time) {
	const utcText = time.getAttribute("datetime");
	const full = wall(Date.parse(utcText));
	const clock = time.classList.contains("c") && full.slice(0, 10) === utcText.slice(0, 10);
	time.textContent = clock ? full.slice(11) : full;
}

function apply(root) {
	root.querySelectorAll("time[datetime]").forEach(say);
	root.querySelectorAll(".zn").forEach(e => { e.textContent = current.name; });
	root.querySelectorAll("text[data-t]").forEach(e => {
		const full = wall(+e.dataset.t), old = e.textContent.length;
		e.textContent = e.classList.contains("date") ? full.slice(0, old)
			: e.classList.contains("day") ? day(full) : full.slice(11, 11 + old);
	});
}

function choices(data) {
	const list = [["UTC", utc]];
	const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
	if (data.zone) {
		const [name, isFixed, seconds] = data.zone;
		try {
			second = isFixed ? fixed(name, seconds) : named(name);
			list.push([name, second]);
		} catch (e) {
			// A name that only the machine knew where the case was made: "local".
		}
	}
	if (own && own !== "UTC")
		list.push(["This computer: " + own, named(own)]);
	return list;
}

export function initZone(data) {
	const place = document.getElementById("zone");
	const label = document.createElement("label");
	const select = document.createElement("select");
	const zones = choices(data);
	const rest = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
	const group = document.createElement("optgroup");

	zones.forEach(([title], i) => select.append(new Option(title, "z" + i)));
	group.label = "All zones";
	rest.forEach(name => group.append(new Option(name, name)));
	if (rest.length)
		select.append(group);
	select.id = "zone-select";
	select.addEventListener("change", () => {
		const v = select.value;
		current = /^z\d+$/.test(v) ? zones[+v.slice(1)][1] : named(v);
		document.documentElement.toggleAttribute("data-zoned", current !== utc);
		apply(document);
		listeners.forEach(f => f());
	});
	label.append("Times in ", select);
	place.append(label);
}
