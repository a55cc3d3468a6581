/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Undoes what people do to addresses so that nobody clicks on them.
 */
#ifndef TRYST_WATCH_REFANG_H
#define TRYST_WATCH_REFANG_H

#include "base/base.h"

/*
 * Copies text to out (room for 2 * len) with defanged pieces made whole: `[.]` `(.)` `{.}` and one
 * half of each, `[dot]` `(dot)` `{dot}`, ` dot ` between digits, `\.`, `[:]` `[@]` `[/]` `[//]`
 * `[://]`; the schemes hxxp, fxp and meow; and behind a scheme `[:]//`, `:\\`, `__` and the like.
 * Everything in any case.  Returns the length written; text without such pieces comes out
 * unchanged.
 */
size_t tryst_refang(const char *text, size_t len, char *out);

#endif
