// __NAME__: sets a header on each response.
//
// config  value  string, default "__NAME__"
#include "torii/plugin.hpp"

namespace {

class __TYPE__ {
 public:
  static torii::description describe() {
    static const char *const needs[] = {TORII_HEADERS_INTERFACE, nullptr};
    return torii::description("__NAME__", "0.1.0")
        .summary("Sets a header on each response")
        .priority(100)
        .needs(needs)
        .may_unload()
        .schema(R"({"type": "object", "additionalProperties": false, "properties": {
          "value": {"type": "string", "default": "__NAME__", "maxLength": 256}}})");
  }

  explicit __TYPE__(torii::setup &setup) : value_(setup.config()["value"].text_or("__NAME__")) {
    if (value_.find_first_of("\r\n") != std::string::npos)
      throw torii::error::refusal("/value", "a header value holds no line break");
  }

  torii::action header_filter(torii::request request) {
    request.response_headers().set("X-__TYPE__", value_);
    return torii::action::proceed;
  }

 private:
  std::string value_;
};

}  // namespace

TORII_PLUGIN(__TYPE__)
