// auth-callout: asks another service whether a request may pass, and waits for its answer.
//
// config  url      string: called with GET for each request, with X-Original-Method, X-Original-URI and, when the client
//                  sent it, Authorization
//         timeout  milliseconds, default 1000
//
// 2xx lets the request pass, with the answer's X-User if there is one; 4xx is handed to the client as it is; anything
// else, or no answer, is 503.
#include "torii/plugin.hpp"

namespace {

class auth_callout {
 public:
  static torii::description describe() {
    static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_REQUEST_INTERFACE, TORII_FLOW_INTERFACE,
                                        TORII_ASYNC_INTERFACE, nullptr};
    return torii::description("auth-callout", "1.0.0")
        .vendor("Torii")
        .summary("Asks another service whether a request may pass")
        .license("Apache-2.0")
        .priority(1000)
        .needs(needs)
        .may_unload()
        .schema(R"({"type": "object", "required": ["url"], "additionalProperties": false, "properties": {
          "url": {"type": "string", "minLength": 1, "maxLength": 1024},
          "timeout": {"type": "integer", "default": 1000, "minimum": 1, "maximum": 60000}}})");
  }

  explicit auth_callout(torii::setup &setup)
      : url_(setup.config()["url"].text_or("")),
        timeout_(static_cast<std::uint32_t>(setup.config()["timeout"].integer_or(1000))) {
    if (url_.rfind("http://", 0) != 0 && url_.rfind("https://", 0) != 0)
      throw torii::error::refusal("/url", "is not an http or https URL");
  }

  torii::action access(torii::request request) {
    torii::http_call call{url_};
    call.timeout = timeout_;
    call.headers = {{"X-Original-Method", request.method()}, {"X-Original-URI", request.target()}};
    if (auto given = request.headers().get("Authorization")) call.headers.push_back({"Authorization", *given});
    request.call(call);
    return torii::action::pause;
  }

  torii::action on_event(torii::request request, torii::event event) {
    if (event.kind() != TORII_EVENT_HTTP) return torii::action::pause;
    const std::uint32_t status = event.is_answer() ? event.http_status() : 0;
    if (status >= 200 && status <= 299) {
      if (auto user = request.callout_headers().get("X-User")) request.upstream_headers().set("X-User", *user);
      return torii::action::proceed;
    }
    if (status >= 400 && status <= 499) {
      const auto type = request.callout_headers().get("Content-Type").value_or("text/plain");
      return request.respond({status, {{"Content-Type", type}}, event.body()});
    }
    request.log(TORII_LOG_WARN, "no authorisation: status " + std::to_string(status) + ", " + std::string(event.message()));
    return request.respond(
        {503, {{"Content-Type", "application/json"}}, R"({"message":"authorisation is not available"})"});
  }

 private:
  std::string url_;
  std::uint32_t timeout_;
};

}  // namespace

TORII_PLUGIN(auth_callout)
