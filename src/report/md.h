/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the Markdown renderer share: text that is no markup, in lines of a mail. */
#ifndef TRYST_REPORT_MD_H
#define TRYST_REPORT_MD_H

#include "base/buf.h"
#include "hunt/case.h"

struct tryst_md {
	const struct tryst_case *c;
	struct tryst_buf *out;
	struct tryst_buf b; /* a sentence, safe, not yet Markdown */
};

/* Appends safe text so that none of it is markup; what a line must not begin with is for wrap. */
void tryst_md_escape(struct tryst_buf *out, const char *text);

/*
 * The same for text from outside, made safe first and cut to max characters, with what mail
 * programs would make links of taken apart: "http[:]//", "www[.]", "[@]".
 */
void tryst_md_outside(struct tryst_buf *out, const char *text, size_t max);

/* Markdown as lines, the first behind a mark. */
void tryst_md_wrap(struct tryst_md *p, const char *mark, unsigned indent,
                   const struct tryst_buf *text);

/* What stands in p->b as a paragraph (mark "") or a list item ("* "); p->b is emptied. */
void tryst_md_say(struct tryst_md *p, const char *mark, unsigned indent);
void tryst_md_heading(struct tryst_md *p, const char *title);

/* The section on what the answer rests on. */
void tryst_md_basis(struct tryst_md *p);

#endif
