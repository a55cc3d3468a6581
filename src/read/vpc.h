/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of AWS VPC flow logs (docs/formats/vpc.md). */
#ifndef TRYST_READ_VPC_H
#define TRYST_READ_VPC_H

#include "read/read.h"

extern const struct tryst_reader tryst_reader_vpc;

#endif
