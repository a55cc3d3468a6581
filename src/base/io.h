/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to descriptors. */
#ifndef TRYST_BASE_IO_H
#define TRYST_BASE_IO_H

#include "base/base.h"

/* Writes all of it, whatever signals come in between; false with errno set on failure. */
bool tryst_write_all(int fd, const void *data, size_t len);

#endif
