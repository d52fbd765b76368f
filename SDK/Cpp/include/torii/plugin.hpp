// SPDX-License-Identifier: Apache-2.0
//
// torii/plugin.hpp: plugins in C++17
//
// A plugin is a class: one object for each configuration, made in config_create and destroyed in config_destroy. Which phases
// it takes part in follows from which of these member functions it has:
//
//     torii::action access(torii::request)
//     torii::action request_body(torii::request, torii::piece)
//     torii::action header_filter(torii::request)
//     torii::action body_filter(torii::request, torii::piece)
//     void          log(torii::request)
//     torii::action on_event(torii::request, torii::event)
//     void          on_instance_event(torii::event)                a timer of the instance's own
//     std::string   export_state()                                 what goes to the one that takes its place; "": nothing
//     void          import_state(std::string_view state, std::string_view version)      takes that over, or throws
//
// With a nested type `state` each of those that get a request takes a `state &` as its last argument: made when the instance
// first meets the request, in the request's own memory, and destroyed after log.
//
//     struct stamp {
//       static torii::description describe() { return torii::description("stamp", "1.0.0").priority(100); }
//       explicit stamp(torii::setup &) {}
//       torii::action header_filter(torii::request request) {
//         request.response_headers().set("X-Stamp", "torii");
//         return torii::action::proceed;
//       }
//     };
//     TORII_PLUGIN(stamp)
//
// No exception leaves a callback: it goes to the gateway's log, and the request is answered with 500. Compile with
// -fno-gnu-unique when the description says may_unload().
#pragma once

#include <cstdio>
#include <new>
#include <type_traits>

#include "torii/request.hpp"
#include "torii/shared.hpp"

namespace torii {

/// How an instance wants to see a body.
enum class body_mode : std::uint32_t {
  none = TORII_BODY_NONE,
  observe = TORII_BODY_OBSERVE,
  stream = TORII_BODY_STREAM,
  whole = TORII_BODY_WHOLE,
};

/// What a plugin is. Texts are constants.
class description {
 public:
  description(const char *name, const char *version) noexcept {
    raw.struct_size = sizeof raw;
    raw.magic = TORII_MAGIC;
    raw.abi_major = TORII_ABI_MAJOR;
    raw.abi_minor = TORII_ABI_MINOR;
    raw.name = name;
    raw.version = version;
  }
  description &priority(std::int32_t value) noexcept { return raw.priority = value, *this; }
  description &vendor(const char *text) noexcept { return raw.vendor = text, *this; }
  description &summary(const char *text) noexcept { return raw.summary = text, *this; }
  description &license(const char *text) noexcept { return raw.license = text, *this; }
  /// JSON Schema of `config`.
  description &schema(const char *text) noexcept { return raw.config_schema = text, *this; }
  /// Interfaces that it cannot work without: a null-terminated constant array.
  description &needs(const char *const *ids) noexcept { return raw.needs = ids, *this; }
  description &request_body(body_mode mode, std::uint64_t limit = 0) noexcept {
    raw.request_body_mode = static_cast<std::uint32_t>(mode);
    raw.request_body_limit = limit;
    return *this;
  }
  description &response_body(body_mode mode, std::uint64_t limit = 0) noexcept {
    raw.response_body_mode = static_cast<std::uint32_t>(mode);
    raw.response_body_limit = limit;
    return *this;
  }
  description &may_unload() noexcept { return raw.flags |= TORII_FLAG_MAY_UNLOAD, *this; }
  description &own_threads() noexcept { return raw.flags |= TORII_FLAG_OWN_THREADS, *this; }

  torii_plugin_descriptor raw{};
};

/// A metric. record() may be called from any thread; one that the host does not have records nothing.
class metric {
 public:
  metric() noexcept = default;
  metric(const torii_tables *tables, torii_metric_id id) noexcept : tables_(tables), id_(id) {}
  /// Counter: adds. Gauge: sets. Histogram: observes.
  void record(double value) const noexcept {
    if (id_ && tables_->metrics) tables_->metrics->record(tables_->context, id_, value);
  }
  /// The metric with labels, `{{"model", name}}`, which counts apart; from any thread. The same labels in the same order give
  /// the same one: keep it for as long as they do not change. Hosts before 1.1 count all together.
  metric labelled(std::initializer_list<field> labels) const {
    if (!id_ || !tables_->metrics || !TORII_HAS(torii_metrics_interface, tables_->metrics, labelled)) return *this;
    const field_list list(labels);
    torii_metric_id series = 0;
    error::check(tables_->metrics->labelled(tables_->context, id_, list.data(), list.size(), &series));
    return metric(tables_, series);
  }

 private:
  const torii_tables *tables_ = nullptr;
  torii_metric_id id_ = 0;
};

/// The gateway as one instance speaks to it; to be kept, and used by its threads.
class handle {
 public:
  handle(const torii_tables *tables, torii_instance_id id) noexcept : tables_(tables), id_(id) {}
  torii_instance_id id() const noexcept { return id_; }
  /// Any thread. Level is TORII_LOG_….
  void log(std::int32_t level, std::string_view line) const noexcept {
    tables_->host->log(tables_->context, id_, 0, level, slice(line));
  }
  /// Any thread: continues a paused request; false when it has ended.
  bool resume(torii_request_id request) const noexcept {
    return tables_->flow && tables_->flow->resume(tables_->context, id_, request) == TORII_OK;
  }
  /// Any thread: on_event() with TORII_EVENT_POST on the request's worker; false when it has ended.
  bool post(torii_request_id request, std::uint64_t token = 0) const noexcept {
    return tables_->flow && tables_->flow->post(tables_->context, id_, request, token) == TORII_OK;
  }
  /// A timer of the instance's own: on_instance_event() after so many milliseconds.
  torii_operation_id timer(std::uint64_t milliseconds, std::uint64_t token = 0) const {
    torii_operation_id operation = 0;
    error::check(tables_->async ? tables_->async->timer(tables_->context, id_, 0, milliseconds, token, &operation)
                                : TORII_E_UNSUPPORTED);
    return operation;
  }
  /// Any thread: what all workers see and what outlives reloads.
  shared_store shared() const noexcept { return shared_store(tables_, id_); }
  std::uint64_t monotonic_time() const noexcept { return tables_->host->monotonic_time(tables_->context); }
  std::uint64_t wall_time() const noexcept { return tables_->host->wall_time(tables_->context); }

 private:
  const torii_tables *tables_;
  torii_instance_id id_;
};

/// What an instance is made from, and what it wants. Valid during its constructor.
class setup {
 public:
  setup(const torii_tables *tables, torii_config_create_args *args) noexcept : tables_(tables), args_(args) {}
  /// Valid by the schema, defaults filled.
  json config() const noexcept { return json(args_->config); }
  torii::handle handle() const noexcept { return torii::handle(tables_, args_->instance); }
  /// Nothing but validation is wanted: open no files and start no threads.
  bool is_inspecting() const noexcept { return args_->flags & TORII_START_INSPECT; }
  std::string_view entity_id() const noexcept { return view(args_->entity_id); }
  std::string_view entity_name() const noexcept { return view(args_->entity_name); }
  std::string_view service_id() const noexcept { return view(args_->service_id); }
  std::string_view route_id() const noexcept { return view(args_->route_id); }
  std::string_view consumer_id() const noexcept { return view(args_->consumer_id); }
  void request_body(body_mode mode, std::uint64_t limit = 0) noexcept {
    args_->request_body_mode = static_cast<std::uint32_t>(mode);
    if (limit) args_->request_body_limit = limit;
  }
  void response_body(body_mode mode, std::uint64_t limit = 0) noexcept {
    args_->response_body_mode = static_cast<std::uint32_t>(mode);
    if (limit) args_->response_body_limit = limit;
  }
  /// Kind is TORII_METRIC_…; the same name again gives the same metric.
  metric define_metric(std::uint32_t kind, std::string_view name, std::string_view help) const {
    torii_metric_id id = 0;
    if (tables_->metrics)
      error::check(tables_->metrics->define(tables_->context, kind, slice(name), slice(help), &id));
    return metric(tables_, id);
  }
  /// Defines a histogram whose buckets end at these bounds, which rise. Hosts before 1.1 use bounds of their own.
  metric define_histogram(std::string_view name, std::string_view help, std::initializer_list<double> bounds) const {
    if (!tables_->metrics || !TORII_HAS(torii_metrics_interface, tables_->metrics, define_histogram))
      return define_metric(TORII_METRIC_HISTOGRAM, name, help);
    torii_metric_id id = 0;
    error::check(tables_->metrics->define_histogram(tables_->context, slice(name), slice(help), bounds.begin(),
                                                    static_cast<std::uint32_t>(bounds.size()), &id));
    return metric(tables_, id);
  }

 private:
  const torii_tables *tables_;
  torii_config_create_args *args_;
};

namespace detail {

struct no_state {};
template <class Plugin, class = void>
struct state_of {
  using type = no_state;
  static constexpr bool exists = false;
};
template <class Plugin>
struct state_of<Plugin, std::void_t<typename Plugin::state>> {
  using type = typename Plugin::state;
  static constexpr bool exists = true;
};

// Whether `Plugin` has a member function of a name that takes these arguments, with the state or without.
#define TORII_DETECT(name)                                                                                             \
  template <class Plugin, class Arguments, class = void>                                                               \
  struct has_##name : std::false_type {};                                                                              \
  template <class Plugin, class... Arguments>                                                                          \
  struct has_##name<Plugin, void(Arguments...),                                                                        \
                    std::void_t<decltype(std::declval<Plugin &>().name(std::declval<Arguments>()...))>>                \
      : std::true_type {};
TORII_DETECT(access)
TORII_DETECT(request_body)
TORII_DETECT(header_filter)
TORII_DETECT(body_filter)
TORII_DETECT(log)
TORII_DETECT(on_event)
TORII_DETECT(on_instance_event)
TORII_DETECT(export_state)
TORII_DETECT(import_state)
#undef TORII_DETECT

/// The C callbacks of a plugin class.
template <class Plugin>
struct glue {
  using state_holder = state_of<Plugin>;
  using state = typename state_holder::type;
  static constexpr bool has_state = state_holder::exists;
  using head_call = std::conditional_t<has_state, void(request, state &), void(request)>;
  using body_call = std::conditional_t<has_state, void(request, piece, state &), void(request, piece)>;
  using event_call = std::conditional_t<has_state, void(request, event, state &), void(request, event)>;

  // The host zeroes a request's bytes and aligns them to 16: the first tells whether the state was made.
  static_assert(!has_state || (sizeof(state) <= 65520 && alignof(state) <= 16), "the state is too large or too aligned");
  static constexpr std::size_t offset = 16;

  static inline torii_tables tables{};

  static state &state_at(void *bytes) {
    if constexpr (!has_state) {
      static state none;
      return none;
    } else {
      char *start = static_cast<char *>(bytes);
      if (!*start) {
        new (start + offset) state();
        *start = 1;
      }
      return *std::launder(reinterpret_cast<state *>(start + offset));
    }
  }

  template <class Body>
  static torii_status guarded(torii_instance_id instance, torii_request_id request, Body &&body) noexcept {
    try {
      return body();
    } catch (const error &failure) {
      tables.host->log(tables.context, instance, request, TORII_LOG_ERROR, slice(failure.message));
      return failure.status < 0 ? failure.status : TORII_E_FAILED;
    } catch (const std::exception &failure) {
      tables.host->log(tables.context, instance, request, TORII_LOG_ERROR, slice(failure.what()));
      return TORII_E_FAILED;
    } catch (...) {
      tables.host->log(tables.context, instance, request, TORII_LOG_ERROR, slice("an unknown exception"));
      return TORII_E_FAILED;
    }
  }

  static torii_status start(torii_start_args *args) noexcept {
    tables = torii_find_tables(args->host);
    return torii_first_missing(args->host, descriptor()->needs, args->error) ? TORII_E_UNSUPPORTED : TORII_OK;
  }

  static torii_status create(torii_config_create_args *args) noexcept {
    const auto refuse = [args](torii_status status, const char *pointer, const char *message) noexcept {
      torii_refuse(args->error, pointer, message);
      if (args->error && TORII_HAS(torii_error, args->error, code)) args->error->code = status;
      return status;
    };
    try {
      setup given(&tables, args);
      args->instance_data = new Plugin(given);
      return TORII_OK;
    } catch (const error &refusal) {
      return refuse(refusal.status < 0 ? refusal.status : TORII_E_FAILED, refusal.pointer.c_str(), refusal.message.c_str());
    } catch (const std::bad_alloc &) {
      return refuse(TORII_E_MEMORY, "", "no memory");
    } catch (const std::exception &failure) {
      return refuse(TORII_E_FAILED, "", failure.what());
    } catch (...) {
      return refuse(TORII_E_FAILED, "", "an unknown exception");
    }
  }

  static void destroy(const torii_config_destroy_args *args) noexcept { delete static_cast<Plugin *>(args->instance_data); }

  template <class Result>
  static torii_action action_of(Result &&result) noexcept {
    return static_cast<torii_action>(result);
  }

  static torii_action access(const torii_phase_args *args) noexcept {
    return guarded(args->instance, args->request, [args]() -> torii_action {
      auto &plugin = *static_cast<Plugin *>(args->instance_data);
      const torii::request about(&tables, args->instance, args->request);
      if constexpr (has_state)
        return action_of(plugin.access(about, state_at(args->request_state)));
      else
        return action_of(plugin.access(about));
    });
  }
  static torii_action header_filter(const torii_phase_args *args) noexcept {
    return guarded(args->instance, args->request, [args]() -> torii_action {
      auto &plugin = *static_cast<Plugin *>(args->instance_data);
      const torii::request about(&tables, args->instance, args->request);
      if constexpr (has_state)
        return action_of(plugin.header_filter(about, state_at(args->request_state)));
      else
        return action_of(plugin.header_filter(about));
    });
  }
  static torii_action request_body(const torii_body_args *args) noexcept {
    return guarded(args->instance, args->request, [args]() -> torii_action {
      auto &plugin = *static_cast<Plugin *>(args->instance_data);
      const torii::request about(&tables, args->instance, args->request);
      if constexpr (has_state)
        return action_of(plugin.request_body(about, piece(*args), state_at(args->request_state)));
      else
        return action_of(plugin.request_body(about, piece(*args)));
    });
  }
  static torii_action body_filter(const torii_body_args *args) noexcept {
    return guarded(args->instance, args->request, [args]() -> torii_action {
      auto &plugin = *static_cast<Plugin *>(args->instance_data);
      const torii::request about(&tables, args->instance, args->request);
      if constexpr (has_state)
        return action_of(plugin.body_filter(about, piece(*args), state_at(args->request_state)));
      else
        return action_of(plugin.body_filter(about, piece(*args)));
    });
  }
  static torii_action log(const torii_phase_args *args) noexcept {
    return guarded(args->instance, args->request, [args]() -> torii_action {
      auto &plugin = *static_cast<Plugin *>(args->instance_data);
      const torii::request about(&tables, args->instance, args->request);
      if constexpr (has_state)
        plugin.log(about, state_at(args->request_state));
      else
        plugin.log(about);
      return TORII_CONTINUE;
    });
  }
  static torii_action on_event(const torii_event_args *args) noexcept {
    return guarded(args->instance, args->request, [args]() -> torii_action {
      auto &plugin = *static_cast<Plugin *>(args->instance_data);
      if (!args->request) {
        if constexpr (has_on_instance_event<Plugin, void(event)>::value) plugin.on_instance_event(event(*args));
        return TORII_CONTINUE;
      }
      [[maybe_unused]] const torii::request about(&tables, args->instance, args->request);
      if constexpr (!has_on_event<Plugin, event_call>::value)
        return TORII_CONTINUE;
      else if constexpr (has_state)
        return action_of(plugin.on_event(about, event(*args), state_at(args->request_state)));
      else
        return action_of(plugin.on_event(about, event(*args)));
    });
  }
  static void request_end(const torii_phase_args *args) noexcept {
    if constexpr (has_state) {
      char *start = static_cast<char *>(args->request_state);
      if (!start || !*start) return;
      std::launder(reinterpret_cast<state *>(start + offset))->~state();
      *start = 0;
    }
  }

  static void say(torii_error *report, const char *message) noexcept {
    if (report && TORII_HAS(torii_error, report, message)) std::snprintf(report->message, sizeof report->message, "%s", message);
  }
  static torii_status state_export(torii_state_export_args *args) noexcept {
    try {
      const std::string state = static_cast<Plugin *>(args->instance_data)->export_state();
      if (state.empty()) return TORII_E_NOT_FOUND;
      return args->write(args->write_context, slice(state));
    } catch (const error &failure) {
      say(args->error, failure.what());
      return failure.status < 0 ? failure.status : TORII_E_FAILED;
    } catch (const std::exception &failure) {
      say(args->error, failure.what());
    } catch (...) {
      say(args->error, "an unknown exception");
    }
    return TORII_E_FAILED;
  }
  static torii_status state_import(torii_state_import_args *args) noexcept {
    try {
      static_cast<Plugin *>(args->instance_data)->import_state(view(args->state), view(args->version));
      return TORII_OK;
    } catch (const error &failure) {
      say(args->error, failure.what());
      return failure.status < 0 ? failure.status : TORII_E_FAILED;
    } catch (const std::exception &failure) {
      say(args->error, failure.what());
    } catch (...) {
      say(args->error, "an unknown exception");
    }
    return TORII_E_FAILED;
  }

  static const torii_plugin_callbacks *callbacks() noexcept {
    static const torii_plugin_callbacks table = [] {
      torii_plugin_callbacks made{};
      made.struct_size = sizeof made;
      made.start = start;
      made.config_create = create;
      made.config_destroy = destroy;
      if constexpr (has_access<Plugin, head_call>::value) made.access = access;
      if constexpr (has_request_body<Plugin, body_call>::value) made.request_body = request_body;
      if constexpr (has_header_filter<Plugin, head_call>::value) made.header_filter = header_filter;
      if constexpr (has_body_filter<Plugin, body_call>::value) made.body_filter = body_filter;
      if constexpr (has_log<Plugin, head_call>::value) made.log = log;
      if constexpr (has_on_event<Plugin, event_call>::value || has_on_instance_event<Plugin, void(event)>::value)
        made.event = on_event;
      if constexpr (has_state) made.request_end = request_end;
      if constexpr (has_export_state<Plugin, void()>::value) made.state_export = state_export;
      if constexpr (has_import_state<Plugin, void(std::string_view, std::string_view)>::value)
        made.state_import = state_import;
      return made;
    }();
    return &table;
  }

  static const torii_plugin_descriptor *descriptor() noexcept {
    static const torii_plugin_descriptor made = [] {
      torii_plugin_descriptor described = Plugin::describe().raw;
      described.callbacks = callbacks();
      if (described.callbacks->access) described.phases |= 1u << TORII_PHASE_ACCESS;
      if (described.callbacks->request_body) described.phases |= 1u << TORII_PHASE_REQUEST_BODY;
      if (described.callbacks->header_filter) described.phases |= 1u << TORII_PHASE_HEADER_FILTER;
      if (described.callbacks->body_filter) described.phases |= 1u << TORII_PHASE_BODY_FILTER;
      if (described.callbacks->log) described.phases |= 1u << TORII_PHASE_LOG;
      if constexpr (has_state) described.request_state_size = static_cast<std::uint32_t>(offset + sizeof(state));
      return described;
    }();
    return &made;
  }
};

}  // namespace detail
}  // namespace torii

/// Defines the library's entry point for a plugin class.
#define TORII_PLUGIN(Plugin)                                                                                           \
  extern "C" TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(std::uint32_t major, std::uint32_t) {      \
    return major == TORII_ABI_MAJOR ? torii::detail::glue<Plugin>::descriptor() : nullptr;                             \
  }
