/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the export decoder share.
 *
 * A template is compiled once into a plan: which bytes of a record become which column, by which
 * conversion.  Records of one set are then decoded a column at a time.  NetFlow v1, v5 and v7 are
 * the same with plans that never change.  Fields of variable length are cut out of the records
 * first, which leaves records of one size: none of them is a field we use.
 */
#ifndef TRYST_READ_EXPORT_IMPL_H
#define TRYST_READ_EXPORT_IMPL_H

#include "base/cursor.h"
#include "read/export.h"

#define EX_V1_HEADER 16u
#define EX_V1_RECORD 52
#define EX_V1_BRIEF 48 /* as softflowd has them: the same fields, less behind them */
#define EX_V5_HEADER 24u
#define EX_V5_RECORDS 30 /* of NetFlow v1, v5 and v7 at most, as they are specified */
#define EX_V9_HEADER 20u
#define EX_IPFIX_HEADER 16u
#define EX_SET_HEADER 4u
#define EX_VARIABLE 65535u      /* the length of a field of variable length */
#define EX_TIME_MAX (1LL << 48) /* ms; a time behind that takes no part in sums */
#define EX_PEN_REVERSE 29305u
#define EX_PEN_CERT 6871u

/* Where a value goes: a field of the batch, or one of these. */
enum ex_target {
	EX_ICMP = TRYST_FIELD_COUNT, /* type * 256 + code, u16 */
	EX_SAMPLER,                  /* u32 */
	EX_DURATION,                 /* ms, int64_t */
	EX_BOOT,                     /* when the exporter's uptime was 0, ms, int64_t */
	EX_DATA_TARGETS,
	/* Only in records of options. */
	EX_OPT_SAMPLER = EX_DATA_TARGETS,
	EX_OPT_INTERFACE,
	EX_OPT_INTERVAL,
	EX_OPT_PACKETS, /* sampled in a row, and then */
	EX_OPT_SPACE,   /* left out */
	EX_OPT_SIZE,    /* so many out of */
	EX_OPT_POPULATION,
	EX_OPT_TIME,       /* us sampled in a row, and then */
	EX_OPT_TIME_SPACE, /* left out */
	EX_OPT_PROBABILITY,
	EX_OPT_BOOT,
	EX_TARGETS
};

/* What an element's bytes are. */
enum ex_kind {
	EX_UINT,
	EX_UINT_US, /* microseconds that become milliseconds */
	EX_IP4,
	EX_IP6,
	EX_SEC,
	EX_MSEC,
	EX_USEC,
	EX_NSEC,
	EX_DELTA, /* microseconds before the export time */
	EX_UPTIME,
	EX_FLOAT, /* only in options */
	EX_KINDS
};

/* What to do where an earlier element of the template gave the column a value already. */
enum ex_merge { EX_SET, EX_FILL /* where it is 0 */, EX_OR };

/*
 * An information element and what it becomes.  Of the elements of one target in a template those
 * of the lowest group (rank / 10) count, in the order of their ranks: the second and later ones
 * stand in where those before are 0.
 */
struct ex_element {
	uint16_t id;
	uint8_t target;
	uint8_t kind;
	uint8_t rank;
};

/*
 * The rows of an element in data records, or in records of options; consecutive, *count of them.
 */
const struct ex_element *tryst_ex_elements(uint32_t pen, uint16_t id, bool options,
                                           unsigned *count);

struct ex_column {
	uint8_t target;
	uint8_t kind;
	uint8_t merge;
	uint8_t len;
	uint16_t at; /* in the record without its variable fields */
};

#define EX_COLUMNS_MAX 96
#define EX_RUNS_MAX 64

struct ex_template {
	uint16_t id;
	bool options;
	bool flow;        /* its records have an address */
	uint16_t size;    /* of a record without its variable fields */
	uint16_t least;   /* bytes that a record has at least */
	uint16_t runs;    /* 0: nothing varies; else run[i] fixed bytes stand before field i */
	uint16_t columns; /* that varies, and run[runs] behind the last */
	uint64_t fields;  /* what the columns are */
	uint32_t targets; /* bit (target - TRYST_FIELD_COUNT) for the other targets */
	const uint16_t *run;
	const struct ex_column *column;
};

/* One field of a template as it stands there. */
struct ex_field {
	uint32_t pen;
	uint16_t id;
	uint16_t len;
};

/*
 * Compiles fields into a plan, which is one allocation.  Scope fields of NetFlow v9 come with the
 * element that they mean.  NULL and *why: the template cannot be used; NULL and *why NULL: no
 * memory.
 */
struct ex_template *tryst_ex_compile(const struct ex_field *fields, unsigned count, bool options,
                                     const char **why);

/* A sampling interval that options gave; for what it holds. */
enum ex_scope { EX_SCOPE_ALL, EX_SCOPE_SAMPLER, EX_SCOPE_INTERFACE };

struct ex_sampler {
	uint8_t scope;
	uint32_t id;
	uint32_t interval;
};

#define EX_RECENT 16 /* datagrams remembered to tell late ones from those that came twice */

struct ex_session {
	struct tryst_ip exporter;
	uint16_t version;
	uint16_t port;
	uint32_t domain;
	struct ex_template **templates; /* sorted by id */
	unsigned template_count;
	struct ex_sampler *samplers;
	unsigned sampler_count;
	unsigned sampler_ids; /* of them with EX_SCOPE_SAMPLER */
	unsigned held_count;
	uint64_t *held_ids; /* a bit for each template that some wait for; NULL: none */
	int64_t boot_ms;    /* INT64_MIN: unknown */
	/* Sequence numbers. */
	bool seen;      /* a datagram came */
	bool sequenced; /* `next` is known */
	bool bad_times; /* some were noted */
	uint32_t next;
	uint32_t last_sequence;
	uint64_t recent[EX_RECENT];
	unsigned recent_count;
	uint64_t lost; /* that may still turn out to be late */
	int64_t last_export_ms;
	uint32_t last_uptime;
};

/* A data set that came before its template. */
struct ex_held {
	struct ex_held *next;
	struct ex_session *session;
	uint16_t template_id;
	bool has_uptime;
	uint32_t uptime;
	int64_t export_ms;
	int64_t received_ms;
	uint64_t at;
	size_t len;
	uint8_t data[];
};

/* The message being decoded. */
struct ex_message {
	struct tryst_export *x;
	struct ex_session *session;
	struct tryst_sink *sink;
	struct tryst_error *err;
	int64_t export_ms;
	int64_t received_ms;
	bool has_uptime;
	uint32_t uptime;
	uint32_t sampling; /* the header's own, 0: none */
	uint64_t at;
	size_t len;
	uint32_t records; /* of data and options, so far */
	uint32_t options; /* of them */
	bool uncounted;   /* there were more, that could not be counted */
};

struct tryst_export {
	struct tryst_tally tally;
	struct tryst_sflow *sflow; /* made for its first datagram */
	struct ex_session **slots; /* a hash table, by open addressing */
	unsigned session_count;
	unsigned template_count;
	struct ex_session *last; /* the session of the datagram before */
	struct ex_held *held;    /* the oldest first */
	struct ex_held **held_end;
	size_t held_bytes;
	unsigned held_count;
	/* Columns that decoding needs and nobody asked for, and those of the other targets. */
	struct tryst_batch spare;
	uint64_t spare_dirty; /* its columns that may hold anything but 0 */
	const void *bound;    /* the batch that these are of, by its memory and columns */
	uint64_t bound_columns;
	uint8_t *columns[EX_DATA_TARGETS];
	uint8_t sizes[EX_DATA_TARGETS];
	uint16_t *icmp;
	uint32_t *sampler;
	int64_t *duration;
	int64_t *boot;
	void *merged;    /* one column while it is merged into another */
	uint8_t *packed; /* records without their variable fields */
};

/* export.c */
/* Sets the times of the message. */
void tryst_ex_at(struct ex_message *m, int64_t export_ms, const struct tryst_datagram *d);
/* Finds the session, for a header that was read: 1, or 0 when there is no room (counted). */
int tryst_ex_begin(struct ex_message *m, const struct tryst_datagram *d, uint32_t domain);
/* Counts a damaged block with so many bytes lost; the text goes on from "datagram at N: ". */
void tryst_ex_damaged(struct ex_message *m, size_t bytes, const char *fmt, ...) TRYST_PRINTF(3, 4);

/* export_session.c */
struct ex_session *tryst_ex_session(struct tryst_export *x, const struct tryst_datagram *d,
                                    uint16_t version, uint32_t domain, bool *full,
                                    struct tryst_error *err);
void tryst_ex_sessions_free(struct tryst_export *x);
struct ex_template *tryst_ex_template(const struct ex_session *s, uint16_t id);
/* Takes the template over in every case.  1 kept, 0 no room. */
int tryst_ex_template_put(struct tryst_export *x, struct ex_session *s, struct ex_template *t,
                          struct tryst_error *err);
void tryst_ex_template_drop(struct tryst_export *x, struct ex_session *s, uint16_t id);
/* Drops all data templates, or all options templates. */
void tryst_ex_templates_drop(struct tryst_export *x, struct ex_session *s, bool options);
int tryst_ex_sampler_put(struct ex_session *s, const struct ex_sampler *sampler,
                         struct tryst_error *err);
/* Where the session's exporter is counted; good until the next call for another. */
struct tryst_exporter *tryst_ex_exporter(struct tryst_export *x, const struct ex_session *s);
/* Books a sampling interval that it gave. */
void tryst_ex_sampling(const struct ex_message *m, uint32_t interval);

/* export_sequence.c */
/* The sequence number of a message, and what it counts there. */
struct ex_count {
	uint32_t sequence;
	uint32_t units; /* of the message */
	uint32_t flows; /* of them, without those that are options */
	bool known;     /* the units are all of them */
	uint32_t near;  /* how far back a late message may be */
};

void tryst_ex_sequence(struct ex_message *m, const struct ex_count *c);
/* Whether the uptime says that the exporter was restarted since its last datagram; counts it. */
bool tryst_ex_restarted(struct ex_message *m);

/* export_held.c */
int tryst_ex_hold(struct ex_message *m, uint16_t id, const uint8_t *data, size_t len);
/* Decodes what waited for the template. */
int tryst_ex_release(struct ex_message *m, const struct ex_template *t);

/* export_data.c: the bytes of a set behind its header. */
int tryst_ex_data(struct ex_message *m, const struct ex_template *t, const uint8_t *data,
                  size_t len);
/* Records of a fixed size, one behind the other. */
int tryst_ex_rows(struct ex_message *m, const struct ex_template *t, const uint8_t *data,
                  size_t count);

/* export_load.c */
struct ex_clock {
	int64_t export_ms;
	uint32_t uptime; /* of the export time */
	bool has_uptime;
	const int64_t *boot; /* by row, where records say it themselves; NULL */
};

/* out[0..rows) = the column's value in each of the records. */
void tryst_ex_load(const struct ex_column *c, unsigned out_size, void *out, const uint8_t *records,
                   size_t stride, unsigned rows, const struct ex_clock *clock);
/* One value by itself, as it stands in the record. */
uint64_t tryst_ex_number(const struct ex_column *c, const uint8_t *record);
/* The same as a time. */
int64_t tryst_ex_time(const struct ex_column *c, const uint8_t *record,
                      const struct ex_clock *clock);

/* export_finish.c: what depends on several columns; rows [base, base + count) of the batch. */
void tryst_ex_finish_rows(struct ex_message *m, const struct ex_template *t, uint32_t base,
                          uint32_t count, bool timed);

/* export_options.c */
int tryst_ex_options(struct ex_message *m, const struct ex_template *t, const uint8_t *data,
                     size_t count);

/* export_v5.c, export_sets.c: one datagram. */
int tryst_ex_decode_v1(struct ex_message *m, const struct tryst_datagram *d);
int tryst_ex_decode_v5(struct ex_message *m, const struct tryst_datagram *d);
int tryst_ex_decode_v7(struct ex_message *m, const struct tryst_datagram *d);
int tryst_ex_decode_v9(struct ex_message *m, const struct tryst_datagram *d);
int tryst_ex_decode_ipfix(struct ex_message *m, const struct tryst_datagram *d);

int tryst_ex_data_init(struct tryst_export *x, struct tryst_error *err);
void tryst_ex_data_fini(struct tryst_export *x);

/*
 * The column of a target, from the row on: the sink's, or a spare one, or NULL: nobody needs it.
 */
static inline void *
tryst_ex_column(const struct ex_message *m, unsigned target, uint32_t row)
{
	uint8_t *column = m->x->columns[target];

	return column ? column + (size_t)row * m->x->sizes[target] : NULL;
}

#endif
