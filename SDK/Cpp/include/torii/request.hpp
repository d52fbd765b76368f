// SPDX-License-Identifier: Apache-2.0
//
// torii/request.hpp: the host and its requests, as a plugin in C++ speaks to them
//
// Views (std::string_view) are valid until the callback returns, or until the plugin changes the same thing in it. What the
// host refuses is thrown as torii::error; a callback that lets it out fails with it.
#pragma once

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "torii/helpers.h"
#include "torii/json.hpp"

namespace torii {

/// What the host refused, or why a plugin refuses or fails: a negative TORII_E_… and a reason.
class error : public std::exception {
 public:
  explicit error(torii_status status, std::string message = {}, std::string pointer = {})
      : status(status), message(std::move(message)), pointer(std::move(pointer)) {
    if (this->message.empty()) this->message = "status " + std::to_string(status);
  }
  /// Refuses a configuration: a JSON Pointer (RFC 6901) to the field at fault, and what is wrong with it.
  static error refusal(std::string pointer, std::string message) {
    return error(TORII_E_CONFIG, std::move(message), std::move(pointer));
  }
  /// Throws unless a call came to TORII_OK.
  static void check(torii_status status) {
    if (status < 0) throw error(status);
  }
  const char *what() const noexcept override { return message.c_str(); }

  torii_status status;
  std::string message;
  std::string pointer;
};

/// What a callback wants to happen next.
enum class action : torii_action {
  proceed = TORII_CONTINUE,  ///< go on; in a body phase with what was emitted, or else with the piece itself
  pause = TORII_PAUSE,       ///< stop here until the plugin resumes, or until the pause times out
  respond = TORII_RESPOND,   ///< answer with what request::respond() was given
  done = TORII_DONE,         ///< body phases: like proceed, and do not call again for more of this body
  hold = TORII_HOLD,         ///< body phases: let nothing of this piece pass, beyond what was emitted
  end = TORII_END,           ///< body_filter: what was emitted ends the body
  send_again = TORII_SEND_AGAIN,  ///< send the request once more, as request::send_again() has begun
};

/// A header field to send.
struct field {
  std::string_view name;
  std::string_view value;
};

/// The ABI's form of some fields; valid as long as they are.
class field_list {
 public:
  template <class Fields>
  explicit field_list(const Fields &fields) {
    list_.reserve(fields.size());
    for (const field &one : fields) list_.push_back({slice(one.name), slice(one.value)});
  }
  const torii_header *data() const noexcept { return list_.data(); }
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(list_.size()); }

 private:
  std::vector<torii_header> list_;
};

/// Header fields that the host holds. Names are compared without case.
class header_map {
 public:
  header_map(const torii_tables *tables, torii_request_id request, std::uint32_t map) noexcept
      : tables_(tables), request_(request), map_(map) {}

  /// The index-th value of a field, or nothing.
  std::optional<std::string_view> get(std::string_view name, std::uint32_t index = 0) const noexcept {
    torii_slice value;
    if (!tables_->headers ||
        tables_->headers->get(tables_->context, request_, map_, slice(name), index, &value) != TORII_OK)
      return std::nullopt;
    return view(value);
  }
  /// The field line at a position, or nothing past the last.
  std::optional<field> at(std::uint32_t position) const noexcept {
    torii_slice name, value;
    if (!tables_->headers ||
        tables_->headers->at(tables_->context, request_, map_, position, &name, &value) != TORII_OK)
      return std::nullopt;
    return field{view(name), view(value)};
  }
  /// Replaces all fields of that name by one.
  void set(std::string_view name, std::string_view value) const {
    error::check(tables_->headers ? tables_->headers->set(tables_->context, request_, map_, slice(name), slice(value))
                                  : TORII_E_UNSUPPORTED);
  }
  /// Adds a field line.
  void add(std::string_view name, std::string_view value) const {
    error::check(tables_->headers ? tables_->headers->add(tables_->context, request_, map_, slice(name), slice(value))
                                  : TORII_E_UNSUPPORTED);
  }
  /// Removes all fields of that name; says whether there was one.
  bool remove(std::string_view name) const {
    const torii_status status =
        tables_->headers ? tables_->headers->remove(tables_->context, request_, map_, slice(name)) : TORII_E_UNSUPPORTED;
    if (status == TORII_E_NOT_FOUND) return false;
    error::check(status);
    return true;
  }

 private:
  const torii_tables *tables_;
  torii_request_id request_;
  std::uint32_t map_;
};

/// A request that the host makes on the plugin's behalf.
struct http_call {
  std::string_view url;
  std::string_view method = "GET";
  std::vector<field> headers{};
  std::string_view body{};
  std::uint32_t timeout = 0;         ///< milliseconds; 0: 60,000
  std::uint32_t response_limit = 0;  ///< bytes; 0: 1 MiB
};

/// A response of the plugin's own.
struct response {
  std::uint32_t status = 200;
  std::vector<field> headers{};
  std::string_view body{};
};

/// A request, for as long as a callback runs: a name, copied freely. To reach it later or from another thread keep id() and
/// use the instance's handle.
class request {
 public:
  request(const torii_tables *tables, torii_instance_id instance, torii_request_id id) noexcept
      : tables_(tables), instance_(instance), id_(id) {}

  torii_request_id id() const noexcept { return id_; }

  header_map headers() const noexcept { return map(TORII_HEADERS_REQUEST); }
  header_map upstream_headers() const noexcept { return map(TORII_HEADERS_UPSTREAM); }
  header_map response_headers() const noexcept { return map(TORII_HEADERS_RESPONSE); }
  header_map callout_headers() const noexcept { return map(TORII_HEADERS_CALLOUT); }

  /// One of TORII_TEXT_…; empty where it does not apply.
  std::string_view text(std::uint32_t attribute) const noexcept {
    torii_slice value;
    if (!tables_->request || tables_->request->text(tables_->context, id_, attribute, &value) != TORII_OK) return {};
    return view(value);
  }
  std::string_view method() const noexcept { return text(TORII_TEXT_METHOD); }
  std::string_view target() const noexcept { return text(TORII_TEXT_TARGET); }
  std::string_view path() const noexcept { return text(TORII_TEXT_PATH); }
  std::string_view query() const noexcept { return text(TORII_TEXT_QUERY); }
  std::string_view client_address() const noexcept { return text(TORII_TEXT_CLIENT_ADDRESS); }
  /// One of TORII_NUMBER_….
  std::int64_t number(std::uint32_t attribute) const noexcept {
    std::int64_t value = 0;
    if (tables_->request) tables_->request->number(tables_->context, id_, attribute, &value);
    return value;
  }
  /// A group of the route's regular expression.
  std::optional<std::string_view> capture(std::string_view name) const noexcept {
    torii_slice value;
    if (!tables_->request || tables_->request->capture(tables_->context, id_, slice(name), &value) != TORII_OK)
      return std::nullopt;
    return view(value);
  }

  /// Where the request goes: scheme, host without port, port (0: the scheme's).
  void set_target(std::string_view scheme, std::string_view host, std::uint32_t port = 0) const {
    torii_target target{};
    target.struct_size = sizeof target;
    target.scheme = slice(scheme);
    target.host = slice(host);
    target.port = port;
    error::check(tables_->upstream ? tables_->upstream->set_target(tables_->context, id_, &target) : TORII_E_UNSUPPORTED);
  }
  void set_path(std::string_view path) const {
    error::check(tables_->upstream ? tables_->upstream->set_path(tables_->context, id_, slice(path)) : TORII_E_UNSUPPORTED);
  }
  void set_query(std::string_view query) const {
    error::check(tables_->upstream ? tables_->upstream->set_query(tables_->context, id_, slice(query))
                                   : TORII_E_UNSUPPORTED);
  }
  void set_method(std::string_view method) const {
    error::check(tables_->upstream ? tables_->upstream->set_method(tables_->context, id_, slice(method))
                                   : TORII_E_UNSUPPORTED);
  }

  /// Gives up the answer that has come, to send the request once more: from here on, until the callback returns
  /// action::send_again, target and upstream fields may be changed, and emit() makes the body. Hosts before 1.1, and requests
  /// whose body was streamed: TORII_E_UNSUPPORTED.
  void send_again() const {
    const bool has = tables_->upstream && TORII_HAS(torii_upstream_interface, tables_->upstream, send_again);
    error::check(has ? tables_->upstream->send_again(tables_->context, instance_, id_) : TORII_E_UNSUPPORTED);
  }

  /// Sets a response of the plugin's own: `return request.respond({.status = 401, …});`
  action respond(const torii::response &given) const {
    const field_list fields(given.headers);
    torii_response described{};
    described.struct_size = sizeof described;
    described.status = given.status;
    described.headers = fields.data();
    described.header_count = fields.size();
    described.body = slice(given.body);
    error::check(tables_->flow ? tables_->flow->respond(tables_->context, id_, &described) : TORII_E_UNSUPPORTED);
    return action::respond;
  }
  /// Changes the status of the response.
  void set_status(std::uint32_t status) const {
    error::check(tables_->flow ? tables_->flow->set_status(tables_->context, id_, status) : TORII_E_UNSUPPORTED);
  }

  /// Passes bytes on in place of the piece; they are copied.
  void emit(std::string_view bytes) const {
    error::check(tables_->body ? tables_->body->emit(tables_->context, instance_, id_, slice(bytes)) : TORII_E_UNSUPPORTED);
  }
  /// Passes bytes on without a copy: the string goes when the host no longer needs it.
  void emit_owned(std::string &&bytes) const {
    if (!tables_->body) throw error(TORII_E_UNSUPPORTED);
    auto owned = std::make_unique<std::string>(std::move(bytes));
    const torii_slice given = slice(*owned);
    error::check(tables_->body->emit_owned(
        tables_->context, instance_, id_, given, [](void *context) { delete static_cast<std::string *>(context); },
        owned.release()));
  }

  /// Has the host make a request; on_event() with what came of it. Usually followed by `return action::pause`.
  torii_operation_id call(const http_call &given, std::uint64_t token = 0) const {
    const field_list fields(given.headers);
    torii_http_request described{};
    described.struct_size = sizeof described;
    described.timeout = given.timeout;
    described.method = slice(given.method);
    described.url = slice(given.url);
    described.headers = fields.data();
    described.header_count = fields.size();
    described.response_limit = given.response_limit;
    described.body = slice(given.body);
    torii_operation_id operation = 0;
    error::check(tables_->async ? tables_->async->http(tables_->context, instance_, id_, &described, token, &operation)
                                : TORII_E_UNSUPPORTED);
    return operation;
  }
  /// on_event() after so many milliseconds.
  torii_operation_id timer(std::uint64_t milliseconds, std::uint64_t token = 0) const {
    torii_operation_id operation = 0;
    error::check(tables_->async
                     ? tables_->async->timer(tables_->context, instance_, id_, milliseconds, token, &operation)
                     : TORII_E_UNSUPPORTED);
    return operation;
  }
  /// No event will come for the operation; false when it has come or is gone.
  bool cancel(torii_operation_id operation) const noexcept {
    return tables_->async && tables_->async->cancel(tables_->context, instance_, operation) == TORII_OK;
  }

  /// Puts a JSON value at a dotted key of the log record.
  void log_value(std::string_view key, std::string_view json_text) const {
    error::check(tables_->log ? tables_->log->set(tables_->context, id_, slice(key), slice(json_text))
                              : TORII_E_UNSUPPORTED);
  }
  /// Keeps a request header's value out of every log record.
  void redact(std::string_view header) const {
    error::check(tables_->log ? tables_->log->redact(tables_->context, id_, slice(header)) : TORII_E_UNSUPPORTED);
  }
  /// In log: the whole record as one JSON object.
  std::string_view record() const {
    torii_slice json{nullptr, 0};
    error::check(tables_->log ? tables_->log->record(tables_->context, id_, &json) : TORII_E_UNSUPPORTED);
    return view(json);
  }

  /// One line in the gateway's log; level is TORII_LOG_….
  void log(std::int32_t level, std::string_view line) const noexcept {
    tables_->host->log(tables_->context, instance_, id_, level, slice(line));
  }

 private:
  header_map map(std::uint32_t which) const noexcept { return header_map(tables_, id_, which); }

  const torii_tables *tables_;
  torii_instance_id instance_;
  torii_request_id id_;
};

/// A piece of a body: parts as they lie in memory. Valid until the callback returns.
class piece {
 public:
  explicit piece(const torii_body_args &args) noexcept : args_(args) {}
  std::uint32_t size() const noexcept { return args_.part_count; }
  std::string_view operator[](std::uint32_t index) const noexcept {
    return index < args_.part_count ? view(args_.parts[index]) : std::string_view();
  }
  bool is_last() const noexcept { return args_.flags & TORII_BODY_LAST; }
  bool is_too_large() const noexcept { return args_.flags & TORII_BODY_TOO_LARGE; }
  bool is_incomplete() const noexcept { return args_.flags & TORII_BODY_INCOMPLETE; }

  class iterator {
   public:
    explicit iterator(const torii_slice *at) noexcept : at_(at) {}
    std::string_view operator*() const noexcept { return view(*at_); }
    iterator &operator++() noexcept { return ++at_, *this; }
    bool operator!=(const iterator &other) const noexcept { return at_ != other.at_; }

   private:
    const torii_slice *at_;
  };
  iterator begin() const noexcept { return iterator(args_.parts); }
  iterator end() const noexcept { return iterator(args_.parts + args_.part_count); }

 private:
  const torii_body_args &args_;
};

/// What a timer, call-out or post brings. Valid until the callback returns.
class event {
 public:
  explicit event(const torii_event_args &args) noexcept : args_(args) {}
  std::uint32_t kind() const noexcept { return args_.kind; }  ///< TORII_EVENT_…
  torii_operation_id operation() const noexcept { return args_.operation; }
  std::uint64_t token() const noexcept { return args_.token; }
  /// A call-out to which a response came.
  bool is_answer() const noexcept { return args_.kind == TORII_EVENT_HTTP && args_.status == TORII_OK; }
  std::uint32_t http_status() const noexcept { return args_.http_status; }
  std::string_view body() const noexcept { return view(args_.body); }
  std::string_view message() const noexcept { return view(args_.message); }

 private:
  const torii_event_args &args_;
};

}  // namespace torii
