// SPDX-License-Identifier: Apache-2.0
//
// torii/json.hpp: reading small JSON documents, such as an instance's configuration
//
// A value is a view of the document: valid as long as that is, and copied only by text().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "torii/json.h"

namespace torii {

/// The bytes of a slice; valid as long as the slice.
inline std::string_view view(torii_slice slice) noexcept {
  return slice.data ? std::string_view(reinterpret_cast<const char *>(slice.data), slice.size) : std::string_view();
}

/// The slice of some bytes; valid as long as they are.
inline torii_slice slice(std::string_view bytes) noexcept {
  return {reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()};
}

/// A JSON value. What is absent or of another type reads as nothing, never as undefined behaviour.
class json {
 public:
  json() noexcept : text_{nullptr, 0} {}
  explicit json(torii_slice text) noexcept : text_(text) {}
  explicit json(std::string_view text) noexcept : text_(torii::slice(text)) {}

  /// Whether there is a value.
  explicit operator bool() const noexcept { return text_.size != 0; }
  /// The value as it is written.
  std::string_view raw() const noexcept { return view(text_); }

  /// A member of an object.
  json operator[](const char *name) const noexcept { return json(torii_json_member(text_, name)); }

  /// A string, escapes undone.
  std::optional<std::string> text() const {
    std::string out(text_.size + 1, '\0');
    std::size_t size = 0;
    if (!torii_json_text(text_, out.data(), out.size(), &size)) return std::nullopt;
    out.resize(size);
    return out;
  }
  std::string text_or(std::string_view otherwise) const { return text().value_or(std::string(otherwise)); }
  std::int64_t integer_or(std::int64_t otherwise) const noexcept { return torii_json_integer(text_, otherwise); }
  bool boolean_or(bool otherwise) const noexcept { return torii_json_boolean(text_, otherwise); }

  /// Goes through the elements of an array or the members of an object: `for (auto [name, value] : config["keys"])`.
  class iterator {
   public:
    explicit iterator(torii_slice container, bool at_end) noexcept : container_(container), at_end_(at_end) {
      if (!at_end_) ++*this;
    }
    std::pair<std::string_view, json> operator*() const noexcept { return {view(name_), json(value_)}; }
    iterator &operator++() noexcept {
      at_end_ = !torii_json_next(container_, &position_, &name_, &value_);
      return *this;
    }
    bool operator!=(const iterator &other) const noexcept { return at_end_ != other.at_end_; }

   private:
    torii_slice container_, name_{nullptr, 0}, value_{nullptr, 0};
    std::size_t position_ = 0;
    bool at_end_;
  };
  iterator begin() const noexcept { return iterator(text_, text_.size == 0); }
  iterator end() const noexcept { return iterator(text_, true); }

  /// A text as a JSON string, quotes included.
  static std::string quote(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte == '"' || byte == '\\') {
        out += '\\';
        out += c;
      } else if (byte < 0x20) {
        out += "\\u00";
        out += digits[byte >> 4];
        out += digits[byte & 15];
      } else {
        out += c;
      }
    }
    return out += '"';
  }

 private:
  torii_slice text_;
};

}  // namespace torii
