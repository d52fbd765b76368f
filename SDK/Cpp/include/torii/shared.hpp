// SPDX-License-Identifier: Apache-2.0
//
// torii/shared.hpp: torii.shared/1, bytes by key that all workers see and that outlive reloads
//
// The keys are the plugin's own, whatever its version and instance: 1 to 256 bytes each, with values of at most 64 KiB. Each call
// is atomic, and may be made from any thread. All throw torii::error with TORII_E_UNSUPPORTED where the host has no store (one of
// ABI 1.0, or while inspecting), and with TORII_E_FAILED when another process holds it up: then do what is done without. Let
// the key contain the number of the value's format, for older and newer builds run side by side during a reload.
#pragma once

#include <cstring>

#include "torii/request.hpp"

namespace torii {

/// A value as it was when it was read.
struct shared_value {
  std::string bytes;
  std::uint64_t revision = 0;  ///< another with every write, and never that of an earlier value of this key; never 0
  std::uint64_t expires = 0;   ///< nanoseconds of monotonic_time(); 0: never
  /// The number that shared_store::add() keeps; nothing when the value is not of eight bytes.
  std::optional<std::int64_t> number() const noexcept {
    std::int64_t value;
    if (bytes.size() != sizeof value) return std::nullopt;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
};

/// The store, as handle::shared() gives it.
class shared_store {
 public:
  shared_store(const torii_tables *tables, torii_instance_id instance) noexcept : tables_(tables), instance_(instance) {}

  /// The value of a key, or nothing.
  std::optional<shared_value> get(std::string_view key) const {
    torii_shared_entry entry = {sizeof entry, 0, 0, 0, 0};
    shared_value value;
    // Most values are small. A larger one is asked for once more, and again if it has grown since.
    value.bytes.resize(256);
    torii_status status = TORII_E_LIMIT;
    for (int tries = 0; tries < 8 && status == TORII_E_LIMIT; tries++) {
      if (tries) value.bytes.resize(static_cast<std::size_t>(entry.size));
      status = table().get(tables_->context, instance_, slice(key), reinterpret_cast<std::uint8_t *>(&value.bytes[0]),
                           value.bytes.size(), &entry);
    }
    if (status == TORII_E_NOT_FOUND) return std::nullopt;
    error::check(status);
    value.bytes.resize(static_cast<std::size_t>(entry.size));
    value.revision = entry.revision;
    value.expires = entry.expires;
    return value;
  }

  /// Sets a value for so many milliseconds; 0: until it is replaced or removed. With a revision only in place of the value of
  /// that revision, 0 being none: false says that there is another. Read it and try again.
  bool put(std::string_view key, std::string_view value, std::uint64_t lifetime = 0,
           std::optional<std::uint64_t> expected = std::nullopt) const {
    const torii_status status = table().put(tables_->context, instance_, slice(key), slice(value), lifetime,
                                            expected ? &*expected : nullptr, nullptr);
    if (status == TORII_E_STALE) return false;
    error::check(status);
    return true;
  }

  /// Removes a value; says whether it was there, and of that revision if one is given.
  bool remove(std::string_view key, std::optional<std::uint64_t> expected = std::nullopt) const {
    const torii_status status =
        table().remove(tables_->context, instance_, slice(key), expected ? &*expected : nullptr);
    if (status == TORII_E_STALE || status == TORII_E_NOT_FOUND) return false;
    error::check(status);
    return true;
  }

  /// Adds to a number, and gives the sum. One that is not there is 0, and lives for so many milliseconds from now on (0: until
  /// it is replaced or removed); one that is there keeps its end.
  std::int64_t add(std::string_view key, std::int64_t addend, std::uint64_t lifetime = 0) const {
    std::int64_t sum = 0;
    error::check(table().add(tables_->context, instance_, slice(key), addend, lifetime, &sum, nullptr));
    return sum;
  }

 private:
  const torii_shared_interface &table() const {
    if (!tables_->shared) throw error(TORII_E_UNSUPPORTED, "the host has no " TORII_SHARED_INTERFACE);
    return *tables_->shared;
  }

  const torii_tables *tables_;
  torii_instance_id instance_;
};

}  // namespace torii
