/// Looks at many bytes of JSON text in one step, which Swift's own vectors can do but not answer in one word.
/// Written with Clang's vectors, so that it holds for any machine: on x86-64 it becomes SSE2, on arm64 NEON.
#ifndef CJSONTEXT_H
#define CJSONTEXT_H

#include <stdbool.h>
#include <stdint.h>

typedef signed char cjsontext_bytes __attribute__((ext_vector_type(16)));
typedef bool cjsontext_bits __attribute__((ext_vector_type(16)));

/// Which of 16 bytes are a quote, a backslash, a control character or not ASCII: a bit each, the first byte's the lowest.
/// @param text 16 readable bytes, at any address.
static inline uint64_t cjsontext_specials_of_16(const void *text) {
  cjsontext_bytes bytes;
  __builtin_memcpy(&bytes, text, sizeof bytes);
  // Seen as signed, bytes that are not ASCII lie below zero and so below 0x20.
  cjsontext_bits bits = __builtin_convertvector((bytes == '"') | (bytes == '\\') | (bytes < 0x20), cjsontext_bits);
  uint16_t mask;
  __builtin_memcpy(&mask, &bits, sizeof mask);
  return mask;
}

/// The same of 64 bytes.
/// @param text 64 readable bytes, at any address.
static inline uint64_t cjsontext_specials_of_64(const void *text) {
  const char *part = (const char *)text;
  return cjsontext_specials_of_16(part) | cjsontext_specials_of_16(part + 16) << 16 |
         cjsontext_specials_of_16(part + 32) << 32 | cjsontext_specials_of_16(part + 48) << 48;
}

#endif
