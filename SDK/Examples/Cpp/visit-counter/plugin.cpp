// visit-counter: counts requests, over reloads and over workers, and tells the counts.
//
// config  reset  string, default "": a request for this path sets all counts back
//
// X-Visits-Here is this worker's count, handed over to the instance that takes this one's place; X-Visits that of all workers;
// X-Longest the longest path that any of them has seen. Without torii.shared/1, or when it is held up, only the first of them.
#include <charconv>

#include "torii/plugin.hpp"

namespace {

class visit_counter {
 public:
  static torii::description describe() {
    static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_REQUEST_INTERFACE, nullptr};
    return torii::description("visit-counter", "1.0.0")
        .vendor("Torii")
        .summary("Counts requests over reloads and workers")
        .license("Apache-2.0")
        .priority(90)
        .needs(needs)
        .may_unload()
        .schema(R"({"type": "object", "additionalProperties": false, "properties": {
          "reset": {"type": "string", "default": "", "maxLength": 256}}})");
  }

  explicit visit_counter(torii::setup &setup)
      : shared_(setup.handle().shared()), reset_(setup.config()["reset"].text_or("")) {
    if (!reset_.empty() && reset_[0] != '/') throw torii::error::refusal("/reset", "a path begins with '/'");
  }

  torii::action header_filter(torii::request request) {
    const std::string_view path = request.path();
    if (!reset_.empty() && path == reset_) {
      here_ = 0;
      or_without([&] { shared_.remove(visits_key), shared_.remove(longest_key); });
      return torii::action::proceed;
    }
    request.response_headers().set("X-Visits-Here", std::to_string(++here_));
    std::optional<std::int64_t> visits;
    std::optional<std::string> longest;
    or_without([&] {
      visits = shared_.add(visits_key, 1);
      longest = longest_with(path.substr(0, 256));
    });
    if (visits) request.response_headers().set("X-Visits", std::to_string(*visits));
    if (longest) request.response_headers().set("X-Longest", *longest);
    return torii::action::proceed;
  }

  // As text: the number of the format, and the count.
  std::string export_state() const { return "1 " + std::to_string(here_); }

  void import_state(std::string_view state, std::string_view) {
    std::uint64_t here = 0;
    const char *end = state.data() + state.size();
    const bool is_known = state.size() > 2 && state.substr(0, 2) == "1 ";
    if (!is_known || std::from_chars(state.data() + 2, end, here).ptr != end)
      throw torii::error(TORII_E_FAILED, "the state is of a format that this version does not know");
    here_ = here;
  }

 private:
  // The numbers are those of the values' formats.
  static constexpr std::string_view visits_key = "visits/1", longest_key = "longest/1";

  /// Where the host has no store, or when it is held up, the counts of all workers are left out.
  template <class Body>
  static void or_without(Body &&body) {
    try {
      body();
    } catch (const torii::error &) {
    }
  }

  /// The longest path that is known once this one has been seen.
  std::string longest_with(std::string_view path) const {
    for (;;) {
      const auto known = shared_.get(longest_key);
      if (known && known->bytes.size() >= path.size()) return known->bytes;
      // Unless another worker was quicker: then look at what it wrote.
      if (shared_.put(longest_key, path, 0, known ? known->revision : 0)) return std::string(path);
    }
  }

  torii::shared_store shared_;
  std::string reset_;
  std::uint64_t here_ = 0;
};

}  // namespace

TORII_PLUGIN(visit_counter)
