/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of the filter language: a, a/len, a MASK, a mask MASK, and lists of them.  The leading
 * octets alone are the network of as many bits, as in tcpdump.
 */
#include "query/filter_ast.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 128 /* a longer word is no address */
#define SHOWN(t) (int)TRYST_MIN((t)->len, (size_t)60), (t)->text

/* Octets of a dotted word, or 0 when it is anything else. */
static unsigned
octets(const char *s, size_t len)
{
	unsigned n = 1;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.')
			n++;
		else if (s[i] < '0' || s[i] > '9')
			return 0;
	}
	return len ? n : 0;
}

bool
tryst_ftoken_is_address(const struct tryst_ftoken *t)
{
	const char *slash = memchr(t->text, '/', t->len);
	size_t len = slash ? (size_t)(slash - t->text) : t->len;

	if (t->kind != TRYST_FTOKEN_WORD || len == 0)
		return false;
	if (memchr(t->text, ':', len))
		return true;
	return octets(t->text, len) > (slash ? 0 : 1);
}

static int
wrong(struct tryst_fparser *p, const struct tryst_ftoken *t)
{
	bool name = !memchr(t->text, ':', t->len) && !memchr(t->text, '/', t->len) &&
	            !octets(t->text, t->len);
	const char *what = name ? "is not an address; host names are not resolved"
	                        : "is not an address or a prefix";

	return tryst_flexer_error(&p->lx, t, NULL, "\"%.*s\" %s", SHOWN(t), what);
}

static int
append(char *text, size_t *len, const struct tryst_ftoken *t)
{
	if (t->len >= TEXT_MAX - *len)
		return -1;
	memcpy(text + *len, t->text, t->len);
	*len += t->len;
	text[*len] = '\0';
	return 0;
}

/* Whether the word looked at goes on with the prefix in text: `10.0.0.0 / 8`, `10.0.0.0/ 8`. */
static bool
continues(const struct tryst_fparser *p, const char *text, size_t len)
{
	return p->tok.kind == TRYST_FTOKEN_WORD && (p->tok.text[0] == '/' || text[len - 1] == '/');
}

/* Whether the word is a netmask behind a network. */
static bool
is_netmask(const struct tryst_ftoken *t)
{
	return t->kind == TRYST_FTOKEN_WORD && octets(t->text, t->len) == 4;
}

/* A netmask behind the network in text, as nfdump and (with the word) tcpdump have it. */
static int
netmask(struct tryst_fparser *p, char *text, size_t *len)
{
	static const struct tryst_ftoken slash = { .text = "/", .len = 1 };
	struct tryst_prefix prefix;
	int rc;

	if (tryst_ftoken_is(&p->tok, "mask") && is_netmask(&p->ahead)) {
		rc = tryst_fparser_advance(p);
		if (rc < 0)
			return rc;
	} else if (!is_netmask(&p->tok)) {
		return 0;
	}
	if (append(text, len, &slash) < 0 || append(text, len, &p->tok) < 0 ||
	    !tryst_prefix_parse(text, *len, &prefix, NULL))
		return tryst_flexer_error(&p->lx, &p->tok, NULL, "\"%.*s\" is not a netmask",
		                          SHOWN(&p->tok));
	return tryst_fparser_advance(p);
}

/* One address or prefix; `list`: an item of a list, where no netmask may follow. */
static int
address(struct tryst_fparser *p, bool list, struct tryst_prefix *out)
{
	struct tryst_ftoken first = p->tok;
	char text[TEXT_MAX];
	size_t len = 0;
	unsigned n;
	int rc;

	do {
		if (append(text, &len, &p->tok) < 0)
			return wrong(p, &p->tok);
		rc = tryst_fparser_advance(p);
		if (rc < 0)
			return rc;
	} while (continues(p, text, len));
	if (!list && !memchr(text, '/', len))
		rc = netmask(p, text, &len);
	if (rc < 0)
		return rc;
	n = octets(text, len);
	if (n > 0 && n < 4)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "/%u", 8 * n);
	return tryst_prefix_parse(text, len, out, NULL) ? 0 : wrong(p, &first);
}

static int
expect_address(struct tryst_fparser *p)
{
	if (p->tok.kind == TRYST_FTOKEN_WORD)
		return 0;
	if (p->tok.kind == TRYST_FTOKEN_END)
		return tryst_flexer_error(&p->lx, &p->tok, NULL,
		                          "unexpected end, expected an address");
	return tryst_flexer_error(&p->lx, &p->tok, NULL, "unexpected \"%.*s\", expected an address",
	                          SHOWN(&p->tok));
}

static int
single(struct tryst_fparser *p, struct tryst_fnode *n)
{
	struct tryst_prefix prefix;
	int rc = 0;

	if (p->tok.kind == TRYST_FTOKEN_COMPARE && p->tok.compare == TRYST_FCOMPARE_EQ)
		rc = tryst_fparser_advance(p);
	rc = rc < 0 ? rc : expect_address(p);
	rc = rc < 0 ? rc : address(p, false, &prefix);
	return rc < 0 ? rc : tryst_fnode_add_prefix(n, prefix, p->err);
}

static int
list(struct tryst_fparser *p, struct tryst_fnode *n)
{
	struct tryst_prefix prefix;
	int rc = tryst_fparser_list_open(p);

	while (rc == 0 && (rc = tryst_fparser_list_more(p, n->count)) > 0) {
		rc = address(p, true, &prefix);
		if (rc == 0)
			rc = tryst_fnode_add_prefix(n, prefix, p->err);
	}
	return rc;
}

struct tryst_fnode *
tryst_fparser_addresses(struct tryst_fparser *p, int a, int b)
{
	struct tryst_fnode *n = tryst_fnode_new(TRYST_FNODE_ADDRESS, p->err);

	if (!n)
		return NULL;
	n->a = (int8_t)a;
	n->b = (int8_t)b;
	n->compare = TRYST_FCOMPARE_IN;
	if ((tryst_fparser_at_list(p) ? list(p, n) : single(p, n)) < 0) {
		tryst_fnode_free(n);
		return NULL;
	}
	return n;
}
