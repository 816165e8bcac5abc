// zlib: bytes in, fewer bytes out. `Gzip` wraps it.
#pragma once
#include <zlib.h>

// `deflateInit2` is a macro. 15 + 16: the largest window, and gzip's frame around it.
static inline int fountain_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
