/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the text report share. */
#ifndef TRYST_REPORT_TEXT_H
#define TRYST_REPORT_TEXT_H

#include "hunt/case.h"
#include "report/layout.h"

#define TRYST_TEXT_WIDTH 100    /* where the output is no terminal */
#define TRYST_TEXT_WIDTH_MIN 60 /* narrower does not hold an IPv6 address with its port */

#define TRYST_DATE_LEN 10 /* "2003-08-22" */

struct tryst_page {
	const struct tryst_case *c;
	struct tryst_buf *out;
	unsigned width;
	bool colour;
	bool one_day; /* all sightings are of one day (UTC): tables leave the date out */
};

/* The tone of a grade: a finding, a lead, or neither. */
enum tryst_tone tryst_text_grade(char grade);

/* The tone of the cell that was made last, where the page has colours. */
void tryst_text_cell_tone(const struct tryst_page *p, struct tryst_table *t, enum tryst_tone tone);

/* A paragraph of safe text. */
void tryst_text_line(struct tryst_page *p, enum tryst_tone tone, unsigned indent, const char *text);

/* A paragraph of the safe text in b, if there is any; b is emptied. */
void tryst_text_paragraph(struct tryst_page *p, enum tryst_tone tone, unsigned indent,
                          struct tryst_buf *b);

/* An empty line, the title, and an optional paragraph that explains what follows. */
void tryst_text_heading(struct tryst_page *p, const char *title, const char *legend);

/* "2003-08-22 19:09:54 to 19:11:18": what both ends share is said once. */
void tryst_text_span(struct tryst_buf *b, int64_t first_ms, int64_t last_ms, const char *between);

/* "192.0.2.27 udp/27015", or with "->" before a port of the listed hosts. */
void tryst_text_endpoint(struct tryst_buf *b, const struct tryst_meeting *m);

/* The protocols (bits) of the input's exporters that something was lost of. */
uint32_t tryst_text_lost_by(const struct tryst_input *in);

/* "3 lost flows", with "lost " as what they are: in what the numbers of these protocols count. */
void tryst_text_lost(struct tryst_buf *b, uint64_t count, const char *are, uint32_t protocols);

/* "3 damaged records" and the like, where there are any; ", " before what is not the first. */
void tryst_text_trouble(struct tryst_buf *b, uint64_t count, const char *what);

/* "and 5 more: ...", where a list or table shows some of all; nothing where it shows all. */
void tryst_text_more(struct tryst_page *p, size_t shown, size_t all);

/* The sections. */
void tryst_text_answer(struct tryst_page *p);
void tryst_text_judgement(struct tryst_page *p);
void tryst_text_meetings(struct tryst_page *p);
void tryst_text_hosts(struct tryst_page *p);
void tryst_text_sightings(struct tryst_page *p);
void tryst_text_companions(struct tryst_page *p);
void tryst_text_times(struct tryst_page *p);
void tryst_text_inputs(struct tryst_page *p);
void tryst_text_watchlists(struct tryst_page *p);

/* The kind of a finding, in words. */
const char *tryst_text_kind(const struct tryst_finding *f);

/* The answer and all findings of a case that a search without a list made. */
void tryst_text_search(struct tryst_page *p);

/* What was read, and loudly what was not. */
void tryst_text_coverage(struct tryst_page *p);

#endif
