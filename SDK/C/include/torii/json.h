/* SPDX-License-Identifier: Apache-2.0
 *
 * torii/json.h: reading small JSON documents, such as an instance's configuration
 *
 * Values are slices of the document itself: nothing is allocated and nothing is copied, except by torii_json_text().
 * The host has validated a configuration before a plugin sees it; these functions are still safe with anything: they
 * never read outside of the slice they were given, and what is malformed reads as absent.
 *
 *     torii_slice header = torii_json_member(args->config, "header");
 *     char name[128];
 *     if (!torii_json_text(header, name, sizeof name, NULL)) ...      (not a string, or longer than that)
 *
 * Not part of the ABI: a plugin may read JSON with whatever it likes.
 */
#ifndef TORII_JSON_H
#define TORII_JSON_H

#include <stdbool.h>
#include <string.h>

#include "torii/plugin.h"

static inline bool torii_json_is_space(uint8_t byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* The first position from `position` on that is no white space. */
static inline size_t torii_json_skip_space(torii_slice text, size_t position) {
  while (position < text.size && torii_json_is_space(text.data[position])) position++;
  return position;
}

/* The end of the string that begins at `position`, behind its closing quote. */
static inline size_t torii_json_string_end(torii_slice text, size_t position) {
  for (position++; position < text.size; position++) {
    if (text.data[position] == '\\')
      position++;
    else if (text.data[position] == '"')
      return position + 1;
  }
  return text.size;
}

/* The end of the value that begins at `position`. */
static inline size_t torii_json_value_end(torii_slice text, size_t position) {
  size_t depth = 0;
  while (position < text.size) {
    uint8_t byte = text.data[position];
    if (byte == '"') {
      position = torii_json_string_end(text, position);
      if (depth == 0) return position;
      continue;
    }
    if (byte == '{' || byte == '[') {
      depth++;
    } else if (byte == '}' || byte == ']') {
      if (depth == 0) return position;
      if (--depth == 0) return position + 1;
    } else if (depth == 0 && (byte == ',' || byte == ':' || torii_json_is_space(byte))) {
      return position;
    }
    position++;
  }
  return text.size;
}

static inline torii_slice torii_json_part(torii_slice text, size_t start, size_t end) {
  torii_slice part = {text.data + start, end - start};
  return part;
}

/* Goes through the elements of an array or the members of an object. `position` is 0 before the first call. `name` is
 * the member's name without quotes, escapes not undone; empty in an array; may be null. False past the last. */
static inline bool torii_json_next(torii_slice container, size_t *position, torii_slice *name, torii_slice *value) {
  size_t at = *position;
  bool is_object;
  if (at == 0) at = torii_json_skip_space(container, 0);
  if (at >= container.size) return false;
  size_t start = torii_json_skip_space(container, 0);
  is_object = container.data[start] == '{';
  if (!is_object && container.data[start] != '[') return false;
  /* At the opening bracket or at a comma. */
  if (at != start && container.data[at] != ',') return false;
  at = torii_json_skip_space(container, at + 1);
  if (name) *name = torii_json_part(container, start, start);
  if (is_object) {
    if (at >= container.size || container.data[at] != '"') return false;
    size_t end = torii_json_string_end(container, at);
    if (name && end > at + 1) *name = torii_json_part(container, at + 1, end - 1);
    at = torii_json_skip_space(container, end);
    if (at >= container.size || container.data[at] != ':') return false;
    at = torii_json_skip_space(container, at + 1);
  }
  size_t end = torii_json_value_end(container, at);
  if (end == at) return false;
  *value = torii_json_part(container, at, end);
  *position = torii_json_skip_space(container, end);
  return true;
}

/* The value of an object's member; of size 0 when there is none. */
static inline torii_slice torii_json_member(torii_slice object, const char *name) {
  torii_slice found, value, none = {NULL, 0};
  size_t position = 0, size = strlen(name);
  while (torii_json_next(object, &position, &found, &value))
    if (found.size == size && memcmp(found.data, name, size) == 0) return value;
  return none;
}

static inline bool torii_json_hexadecimal(torii_slice text, size_t position, uint32_t *value) {
  if (text.size < 4 || position > text.size - 4) return false;
  *value = 0;
  for (size_t i = 0; i < 4; i++) {
    uint8_t byte = text.data[position + i];
    uint32_t digit = byte >= '0' && byte <= '9'   ? byte - (uint32_t)'0'
                     : byte >= 'a' && byte <= 'f' ? byte - (uint32_t)'a' + 10
                     : byte >= 'A' && byte <= 'F' ? byte - (uint32_t)'A' + 10
                                                  : 16;
    if (digit > 15) return false;
    *value = *value << 4 | digit;
  }
  return true;
}

/* Writes a string's text, escapes undone and NUL-terminated, and its size without the NUL (`size` may be null). False
 * when the value is no string, is malformed, or does not fit; `out` is then "". */
static inline bool torii_json_text(torii_slice value, char *out, size_t capacity, size_t *size) {
  size_t n = 0;
  if (capacity == 0) return false;
  out[0] = 0;
  if (value.size < 2 || value.data[0] != '"' || value.data[value.size - 1] != '"') return false;
  for (size_t i = 1; i < value.size - 1; i++) {
    uint32_t c = value.data[i];
    char utf8[4];
    size_t width = 1;
    utf8[0] = (char)c;
    if (c == '\\') {
      if (++i >= value.size - 1) goto malformed;
      switch (value.data[i]) {
      case 'n': utf8[0] = '\n'; break;
      case 't': utf8[0] = '\t'; break;
      case 'r': utf8[0] = '\r'; break;
      case 'b': utf8[0] = '\b'; break;
      case 'f': utf8[0] = '\f'; break;
      case 'u': {
        uint32_t low;
        if (!torii_json_hexadecimal(value, i + 1, &c)) goto malformed;
        i += 4;
        if (c >= 0xD800 && c <= 0xDBFF) {
          if (i + 2 >= value.size || value.data[i + 1] != '\\' || value.data[i + 2] != 'u' ||
              !torii_json_hexadecimal(value, i + 3, &low) || low < 0xDC00 || low > 0xDFFF)
            goto malformed;
          c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
          i += 6;
        } else if (c >= 0xDC00 && c <= 0xDFFF) {
          goto malformed;
        }
        if (c < 0x80) {
          utf8[0] = (char)c;
        } else if (c < 0x800) {
          width = 2, utf8[0] = (char)(0xC0 | c >> 6), utf8[1] = (char)(0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
          width = 3, utf8[0] = (char)(0xE0 | c >> 12), utf8[1] = (char)(0x80 | (c >> 6 & 0x3F)),
          utf8[2] = (char)(0x80 | (c & 0x3F));
        } else {
          width = 4, utf8[0] = (char)(0xF0 | c >> 18), utf8[1] = (char)(0x80 | (c >> 12 & 0x3F)),
          utf8[2] = (char)(0x80 | (c >> 6 & 0x3F)), utf8[3] = (char)(0x80 | (c & 0x3F));
        }
        break;
      }
      default: utf8[0] = (char)value.data[i];
      }
    }
    if (width >= capacity - n) goto malformed;
    memcpy(out + n, utf8, width);
    n += width;
  }
  out[n] = 0;
  if (size) *size = n;
  return true;
malformed:
  out[0] = 0;
  return false;
}

/* As torii_json_text; where that gives false, `otherwise` is written instead. */
static inline void torii_json_text_or(torii_slice value, const char *otherwise, char *out, size_t capacity,
                                      size_t *size) {
  size_t length = strlen(otherwise);
  if (torii_json_text(value, out, capacity, size) || length >= capacity) return;
  memcpy(out, otherwise, length + 1);
  if (size) *size = length;
}

/* An integer; `otherwise` when the value is none, or does not fit. */
static inline int64_t torii_json_integer(torii_slice value, int64_t otherwise) {
  bool negative = value.size > 0 && value.data[0] == '-';
  uint64_t magnitude = 0;
  size_t position = negative ? 1 : 0;
  if (position >= value.size) return otherwise;
  for (; position < value.size; position++) {
    uint8_t byte = value.data[position];
    if (byte < '0' || byte > '9' || magnitude > (uint64_t)(INT64_MAX - (byte - '0')) / 10) return otherwise;
    magnitude = magnitude * 10 + (uint64_t)(byte - '0');
  }
  return negative ? -(int64_t)magnitude : (int64_t)magnitude;
}

/* true or false; `otherwise` when the value is neither. */
static inline bool torii_json_boolean(torii_slice value, bool otherwise) {
  if (value.size == 4 && memcmp(value.data, "true", 4) == 0) return true;
  if (value.size == 5 && memcmp(value.data, "false", 5) == 0) return false;
  return otherwise;
}

#endif /* TORII_JSON_H */
