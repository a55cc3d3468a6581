/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the page share (docs/page.md).  The page is one file of HTML with its charts as
 * SVG inside, complete without its script; everything that comes from outside goes through
 * report/markup.h on its way there.
 *
 * Everything drawn or listed has a limit here; what is beyond is counted, and the page says so.
 */
#ifndef TRYST_REPORT_HTML_H
#define TRYST_REPORT_HTML_H

#include "hunt/case.h"
#include "report/markup.h"
#include "report/report.h"

#define TRYST_HTML_ROWS_MAX 600         /* conversations in the table without the script */
#define TRYST_HTML_DATA_MAX 50000       /* and with it */
#define TRYST_HTML_MEETINGS_MAX 300     /* rows */
#define TRYST_HTML_HOSTS_MAX 500        /* rows */
#define TRYST_HTML_FINDINGS_MAX 12      /* told in full */
#define TRYST_HTML_LANES_MAX 40         /* of the timeline */
#define TRYST_HTML_MARKS_MAX 1200       /* conversations of a chart that are drawn one by one */
#define TRYST_HTML_NODES_MAX 40         /* on each side of who met whom */
#define TRYST_HTML_FINDING_ROWS_MAX 500 /* of a search without a list */
#define TRYST_HTML_DAYS_MAX 35          /* rows of the heat map; else days of the week */
#define TRYST_HTML_INPUTS_MAX 100       /* rows */
#define TRYST_HTML_REMARKS_MAX 20
#define TRYST_HTML_REFS_MAX 6     /* records of a reason, by number */
#define TRYST_HTML_ROW_REFS_MAX 2 /* and of a conversation */

/* How a conversation is drawn: its verdict in six kinds, told apart by shape and colour. */
enum tryst_mark {
	TRYST_MARK_EXCHANGED,
	TRYST_MARK_ANSWERED,
	TRYST_MARK_ATTEMPT,
	TRYST_MARK_REFUSED,
	TRYST_MARK_NOISE,
	TRYST_MARK_UNKNOWN,
	TRYST_MARK_COUNT,
};

enum tryst_mark tryst_mark_of(enum tryst_verdict v);
const char *tryst_mark_title(enum tryst_mark m);

/* The record of an input, and the conversation (index) that it belongs to. */
struct tryst_html_record {
	uint32_t input, sighting;
	uint64_t record;
};

/* A row or a mark is there for the conversation: bits of tryst_html.kept. */
#define TRYST_HTML_ROW 1
#define TRYST_HTML_DATA 2

struct tryst_html {
	const struct tryst_case *c;
	const struct tryst_report_options *options;
	struct tryst_buf *out;
	struct tryst_buf tmp;              /* empty between calls */
	uint32_t *meeting_of;              /* by sighting: 1 + index of its first meeting, or 0 */
	uint8_t *kept;                     /* by sighting */
	size_t rows, data;                 /* how many are kept */
	struct tryst_html_record *records; /* by input, record */
	size_t record_count;
	bool one_day;     /* all sightings are of one day (UTC): tables leave the date out */
	unsigned figures; /* drawn so far: ids of charts */
};

/* Builds the index over the case; TRYST_ERR_NOMEM.  tryst_html_fini is due in any case. */
int tryst_html_init(struct tryst_html *h, const struct tryst_case *c,
                    const struct tryst_report_options *options, struct tryst_buf *out,
                    struct tryst_error *err);
void tryst_html_fini(struct tryst_html *h);

/* The conversation of a record, or NULL. */
const struct tryst_sighting *tryst_html_sighting(const struct tryst_html *h,
                                                 const struct tryst_record_ref *ref);

/* Markup of ours, as it is. */
void tryst_html_put(struct tryst_html *h, const char *markup);
/* Markup of ours with numbers; texts from outside do not go through here. */
void tryst_html_putf(struct tryst_html *h, const char *fmt, ...) TRYST_PRINTF(2, 3);

/* <section> with a heading and an optional legend (plain text); tryst_html_put "</section>". */
void tryst_html_section(struct tryst_html *h, const char *id, const char *title,
                        const char *legend);

/* <div> in which a wide table scrolls by itself, and the table with its caption. */
void tryst_html_table(struct tryst_html *h, const char *id, const char *caption);
void tryst_html_table_end(struct tryst_html *h);

struct tryst_html_column {
	const char *title;
	char kind; /* 't' text, 'n' number, 'd' time: for alignment and sorting; 0: left out */
	const char *group; /* a title above this and the next columns of the same group, or NULL */
};

void tryst_html_head(struct tryst_html *h, const struct tryst_html_column *columns, size_t count);

/* <time>, with the date unless all is of one day and `date` does not ask for it. */
void tryst_html_time(struct tryst_html *h, int64_t ms, bool date);
/* "first to last", what they share said once. */
void tryst_html_span(struct tryst_html *h, int64_t first_ms, int64_t last_ms);
/* Text from wherever, in which a date stays on one line; the same of what is in h->tmp. */
void tryst_html_prose(struct tryst_html *h, const char *text, size_t len);
void tryst_html_said(struct tryst_html *h);
void tryst_html_number(struct tryst_html *h, uint64_t v);
void tryst_html_count(struct tryst_html *h, uint64_t v, const char *one);
/* <td> with a count of packets or bytes: "-" where nothing was counted, "12+" where not all was. */
void tryst_html_counted(struct tryst_html *h, uint64_t v, uint32_t uncounted, uint32_t of);
void tryst_html_endpoint(struct tryst_html *h, const struct tryst_meeting *m);
/* "15:09:54 -04:00" of the other zone, or nothing where there is none. */
void tryst_html_zone_time(struct tryst_html *h, int64_t ms);

/* A number that leads to the conversations of host or meeting `index`. */
void tryst_html_leads(struct tryst_html *h, uint64_t number, const char *kind, size_t index);

/* Links to records, by input and number; the first `shown` of them, the rest of `all` counted. */
void tryst_html_records(struct tryst_html *h, const struct tryst_record_ref *refs, uint32_t shown,
                        uint32_t all);

void tryst_html_grade(struct tryst_html *h, char grade);
/* The shapes that tryst_html_mark and charts use, once at the top of the page. */
void tryst_html_marks(struct tryst_html *h);
void tryst_html_mark(struct tryst_html *h, enum tryst_mark m);

/* Who began it, for a table: "home", "peer", "uncertain", or "". */
const char *tryst_html_began(const struct tryst_sighting *s);

/* What the list says of this very conversation, where it says more than the address, or "". */
const char *tryst_html_listed(const struct tryst_sighting *s);

/* Whether any conversation has TCP flags, or something that the list says of it. */
bool tryst_html_any_flags(const struct tryst_case *c);
bool tryst_html_any_listed(const struct tryst_case *c);

/* TCP flags as nfdump writes them, "......" without any. */
void tryst_html_flags(struct tryst_buf *b, unsigned flags);

/* "and 5 more ..." below a table; nothing where it shows all. */
void tryst_html_more(struct tryst_html *h, size_t shown, size_t all, const char *one);

/* A row of a table of bars; `name` may come from outside. */
void tryst_html_hypothesis(struct tryst_html *h, double p, const char *name, bool best);

/* The reasons as a table, the heaviest first; nothing where there are none. */
void tryst_html_reasons(struct tryst_html *h, const struct tryst_evidence_list *list,
                        const char *caption);

/* What would change it; nothing where nothing is said. */
void tryst_html_changes(struct tryst_html *h, const char *const *changes, uint32_t count);

/* A number at the side of the answer, which h->tmp holds; href may be NULL. */
void tryst_html_figure(struct tryst_html *h, const char *href, const char *what);

/* What of the input could not be read, loudly; `what` was interrupted if the case is incomplete. */
/* A paragraph: what was looked at, where that is not all that was read. */
void tryst_html_asked(struct tryst_html *h);
void tryst_html_alarm(struct tryst_html *h, const char *what);

/* The answer in one sentence (text, not markup). */
void tryst_html_headline(struct tryst_buf *b, const struct tryst_case *c);

/* The sections, in their order. */
void tryst_html_answer(struct tryst_html *h);
void tryst_html_timeline(struct tryst_html *h);
void tryst_html_heat(struct tryst_html *h);
void tryst_html_graph(struct tryst_html *h);
void tryst_html_findings(struct tryst_html *h);
void tryst_html_meetings(struct tryst_html *h);
void tryst_html_hosts(struct tryst_html *h);
void tryst_html_companions(struct tryst_html *h);
void tryst_html_sightings(struct tryst_html *h);
void tryst_html_method(struct tryst_html *h);
void tryst_html_inputs(struct tryst_html *h);
void tryst_html_data(struct tryst_html *h);

/* Of a search without a list: the answer and its findings. */
void tryst_html_search_headline(struct tryst_buf *b, const struct tryst_case *c);
void tryst_html_search(struct tryst_html *h);

/* The conversations of one meeting, by time, with an axis that leaves long pauses out. */
void tryst_html_closeup(struct tryst_html *h, const struct tryst_meeting *m);

#endif
