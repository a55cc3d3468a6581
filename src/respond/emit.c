/* SPDX-License-Identifier: Apache-2.0 */
#include "respond/emit.h"

#include <inttypes.h>
#include <string.h>

#define LABEL_MAX 80
#define SOURCE_MAX 120

void
tryst_emit_safe(struct tryst_buf *out, const char *text, size_t max)
{
	static const char marks[] = " .,:/@+_-()=";
	size_t i = 0;

	for (; text[i] && i < max; i++) {
		char c = text[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		             (c >= '0' && c <= '9') || strchr(marks, c);

		tryst_buf_char(out, plain ? c : '_');
	}
	if (text[i])
		tryst_buf_str(out, "...");
}

void
tryst_emit_prefix(struct tryst_buf *out, struct tryst_prefix p)
{
	char text[TRYST_IP_TEXT_MAX];

	tryst_buf_add(out, text, tryst_ip_format(p.ip, text));
	tryst_buf_printf(out, "/%d", tryst_prefix_is_v4(p) ? p.len - 96 : p.len);
}

size_t
tryst_emit_count(const struct tryst_emit *e, bool v6)
{
	return v6 ? e->plan->count - e->plan->v4_count : e->plan->v4_count;
}

static void
put_ip(struct tryst_buf *out, struct tryst_ip ip)
{
	char text[TRYST_IP_TEXT_MAX];

	tryst_buf_add(out, text, tryst_ip_format(ip, text));
}

static void
put_tag(struct tryst_buf *out, const char *tag, char dash)
{
	for (; *tag; tag++)
		tryst_buf_char(out, *tag == '-' ? dash : *tag);
}

/* A mark that an entry fills; false: it is another. */
static bool
entry_mark(struct tryst_buf *out, const struct tryst_block_entry *entry, char mark)
{
	struct tryst_prefix p = entry->prefix;
	unsigned len = tryst_prefix_is_v4(p) ? p.len - 96u : p.len;

	switch (mark) {
	case 'p':
		tryst_emit_prefix(out, p);
		return true;
	case 'a':
		put_ip(out, p.ip);
		return true;
	case 'l':
		tryst_buf_printf(out, "%u", len);
		return true;
	case 'm':
		put_ip(out, tryst_ip_v4(len ? UINT32_MAX << (32 - len) : 0));
		return true;
	default:
		return false;
	}
}

static void
option_mark(const struct tryst_emit *e, bool v6, char mark)
{
	const struct tryst_emit_options *o = e->options;

	switch (mark) {
	case 't':
		tryst_buf_str(e->out, o->tag);
		break;
	case 'u':
		put_tag(e->out, o->tag, '_');
		break;
	case 'n':
		put_ip(e->out, v6 ? o->next_hop6 : o->next_hop4);
		break;
	case 'f':
		tryst_buf_char(e->out, v6 ? '6' : '4');
		break;
	case 'x':
		tryst_buf_printf(e->out, "%" PRId64, (o->expire_ms + 999) / 1000);
		break;
	case 'A':
		tryst_buf_printf(e->out, "%" PRIu32, o->asn);
		break;
	case 'P':
		put_ip(e->out, o->peer);
		break;
	case 'L':
		put_ip(e->out, o->local);
		break;
	case 'i': /* any number that is no other router's: the end of an address of its own */
		put_ip(e->out, tryst_ip_v4((uint32_t)o->local.lo));
		break;
	default:
		assert(mark == '%');
		tryst_buf_char(e->out, '%');
	}
}

void
tryst_emit_form(const struct tryst_emit *e, const struct tryst_block_entry *entry, bool v6,
                const char *form)
{
	for (const char *c = form; *c; c++) {
		if (*c != '%')
			tryst_buf_char(e->out, *c);
		else if (c++, !entry || !entry_mark(e->out, entry, *c))
			option_mark(e, v6, *c);
	}
}

/* Why it is here: the label, where it comes from, and how many others it stands for. */
static void
explain(const struct tryst_emit *e, const struct tryst_block_entry *entry)
{
	tryst_buf_char(e->out, e->emitter->comment);
	tryst_buf_char(e->out, ' ');
	if (*entry->label) {
		tryst_emit_safe(e->out, entry->label, LABEL_MAX);
		tryst_buf_str(e->out, " - ");
	}
	tryst_emit_safe(e->out, entry->source, SOURCE_MAX);
	if (entry->merged)
		tryst_buf_printf(e->out, " and %" PRIu32 " more", entry->merged);
	tryst_buf_char(e->out, '\n');
}

void
tryst_emit_each(const struct tryst_emit *e, bool v6, bool explained, const char *form)
{
	for (size_t i = 0; i < e->plan->count; i++) {
		const struct tryst_block_entry *entry = &e->plan->entries[i];

		if (tryst_prefix_is_v4(entry->prefix) == v6)
			continue;
		if (explained)
			explain(e, entry);
		tryst_emit_form(e, entry, v6, form);
	}
}
