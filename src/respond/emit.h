/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration of one router family (or tool) each behind one table: what a plan is there, and
 * what takes exactly that away again.  Nothing here is ever applied, only written.
 *
 * Every file begins with comments: what it is, of which case, until when, what it does not stop,
 * how it is loaded and undone.  Text from outside stands in comments only, and there only its
 * letters, digits and a few marks that mean nothing anywhere (tryst_emit_safe).
 */
#ifndef TRYST_RESPOND_EMIT_H
#define TRYST_RESPOND_EMIT_H

#include "base/buf.h"
#include "respond/plan.h"

#define TRYST_EMIT_TAG_MAX 16 /* an ipset's name has 31 characters with what stands before it */

struct tryst_emit_options {
	const char *tag; /* of the case: letters, digits, "-", at most TRYST_EMIT_TAG_MAX */
	int64_t created_ms;
	int64_t expire_ms;         /* how long it shall stand, at most a century; 0: for good */
	const char *const *inputs; /* what the plan was made of, a line each */
	size_t input_count;
	uint32_t asn;                         /* 0: not given */
	struct tryst_ip peer, local;          /* of the BGP session; zero: not given */
	struct tryst_ip next_hop4, next_hop6; /* that routers discard by (RFC 6666) */
};

struct tryst_emit {
	const struct tryst_block_plan *plan;
	const struct tryst_emit_options *options;
	const struct tryst_emitter *emitter;
	struct tryst_buf *out;
};

/* What of tryst_emit_options it cannot do without. */
enum { TRYST_EMIT_ASN = 1, TRYST_EMIT_PEER = 2, TRYST_EMIT_LOCAL = 4 };

struct tryst_emitter {
	const char *name;     /* of --as */
	const char *title;    /* "Cisco IOS and IOS-XE" */
	char comment;         /* begins a line of comment */
	bool tested;          /* the tests load it into the program itself */
	bool inbound;         /* stops what comes in, too */
	int64_t expire_max_s; /* the longest expiry it takes; 0: any */
	bool expires;         /* removes itself when the time is over */
	bool bgp;             /* is announced: must not leave the own network */
	unsigned needs;       /* TRYST_EMIT_* */
	const char *load;     /* lines: how it is loaded, with a way back where there is one */
	const char *undo;     /* lines: how FILE.undo is */
	const char *also; /* lines: what else is needed, what drops the other direction; or NULL */
	void (*add)(const struct tryst_emit *e);
	void (*remove)(const struct tryst_emit *e);
};

/* All of them, in the order of the help, ended by NULL. */
extern const struct tryst_emitter *const tryst_emitters[];

/* The emitter of that name, or NULL. */
const struct tryst_emitter *tryst_emitter_find(const char *name);

/*
 * Writes the configuration, or what takes it away, with its header.  The plan is sealed and without
 * refusals, and the options hold what the emitter needs.  Failure is the buffer's.
 */
void tryst_emit_add(const struct tryst_emitter *emitter, const struct tryst_block_plan *plan,
                    const struct tryst_emit_options *options, struct tryst_buf *out);
void tryst_emit_remove(const struct tryst_emitter *emitter, const struct tryst_block_plan *plan,
                       const struct tryst_emit_options *options, struct tryst_buf *out);

/* The removal as comments, for the end of a single file. */
void tryst_emit_remove_comment(const struct tryst_emitter *emitter,
                               const struct tryst_block_plan *plan,
                               const struct tryst_emit_options *options, struct tryst_buf *out);

/* For the files of this room. */

/* Appends at most max characters of text from outside so that it is harmless in any comment of any
 * of these languages. */
void tryst_emit_safe(struct tryst_buf *out, const char *text, size_t max);

/* The prefix with its length, always: 192.0.2.1/32. */
void tryst_emit_prefix(struct tryst_buf *out, struct tryst_prefix p);

/*
 * Appends a form with its marks filled in: %p prefix, %a address, %l length, %m netmask (IPv4), %t
 * tag, %u tag with _ for -, %n next hop of the family, %f family (4 or 6), %x seconds to expiry, %A
 * the AS, %P the peer, %L the local address, %i a router id, %% a percent sign.
 */
void tryst_emit_form(const struct tryst_emit *e, const struct tryst_block_entry *entry, bool v6,
                     const char *form);

/* For each entry of a family its form, with a comment before it if `explained`. */
void tryst_emit_each(const struct tryst_emit *e, bool v6, bool explained, const char *form);

/* Entries of a family. */
size_t tryst_emit_count(const struct tryst_emit *e, bool v6);

#endif
