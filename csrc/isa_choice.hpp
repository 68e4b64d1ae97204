// SPDX-License-Identifier: MIT
// Whether the fast engines are compiled for more than one instruction set.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define POLYREGIONS_DISPATCH 1
#endif
