// header-stamp: sets a header on the way to the upstream and on the way back.
//
// config  header    string, default "X-Stamp"
//         value     string, default "torii"
//         upstream  boolean, default true: set it on the request, too
#include "torii/plugin.hpp"

namespace {

class header_stamp {
 public:
  static torii::description describe() {
    static const char *const needs[] = {TORII_HEADERS_INTERFACE, nullptr};
    return torii::description("header-stamp", "1.0.0")
        .vendor("Torii")
        .summary("Sets a header on requests and responses")
        .license("Apache-2.0")
        .priority(100)
        .needs(needs)
        .may_unload()
        .schema(R"({"type": "object", "additionalProperties": false, "properties": {
          "header": {"type": "string", "default": "X-Stamp", "minLength": 1, "maxLength": 128},
          "value": {"type": "string", "default": "torii", "maxLength": 256},
          "upstream": {"type": "boolean", "default": true}}})");
  }

  explicit header_stamp(torii::setup &setup)
      : header_(setup.config()["header"].text_or("X-Stamp")),
        value_(setup.config()["value"].text_or("torii")),
        upstream_(setup.config()["upstream"].boolean_or(true)) {
    if (!is_field_name(header_)) throw torii::error::refusal("/header", "is not a header field name");
    if (value_.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      throw torii::error::refusal("/value", "a header value holds no line break and no NUL");
  }

  torii::action access(torii::request request) {
    if (upstream_) request.upstream_headers().set(header_, value_);
    return torii::action::proceed;
  }

  torii::action header_filter(torii::request request) {
    request.response_headers().set(header_, value_);
    return torii::action::proceed;
  }

 private:
  static bool is_field_name(const std::string &name) {
    return !name.empty() &&
           name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") ==
               std::string::npos;
  }

  std::string header_, value_;
  bool upstream_;
};

}  // namespace

TORII_PLUGIN(header_stamp)
