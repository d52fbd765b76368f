// api-key: lets only those pass who show a key.
//
// config  header  string, default "X-API-Key": where clients put their key
//         keys    array of {"name": …, "key": …}: who may pass
//
// The upstream gets X-Client-Name instead of the key; the log record gets `api_key.client`.
#include <vector>

#include "torii/plugin.hpp"

namespace {

class api_key {
 public:
  static torii::description describe() {
    static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_FLOW_INTERFACE, TORII_LOG_INTERFACE, nullptr};
    return torii::description("api-key", "1.0.0")
        .vendor("Torii")
        .summary("Lets only those pass who show a key")
        .license("Apache-2.0")
        .priority(1250)
        .needs(needs)
        .may_unload()
        .schema(R"({"type": "object", "required": ["keys"], "additionalProperties": false, "properties": {
          "header": {"type": "string", "default": "X-API-Key", "minLength": 1, "maxLength": 128},
          "keys": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["name", "key"], "additionalProperties": false, "properties": {
              "name": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$", "maxLength": 64},
              "key": {"type": "string", "minLength": 1, "maxLength": 256, "x-secret": true, "x-referenceable": true}}}}}})");
  }

  explicit api_key(torii::setup &setup) : header_(setup.config()["header"].text_or("X-API-Key")) {
    for (auto [_, entry] : setup.config()["keys"]) {
      const std::string place = "/keys/" + std::to_string(clients_.size());
      if (!entry["name"].text()) throw torii::error::refusal(place + "/name", "is required");
      if (!entry["key"].text()) throw torii::error::refusal(place + "/key", "is required");
      client added{*entry["name"].text(), *entry["key"].text()};
      for (const client &other : clients_)
        if (other.key == added.key)
          throw torii::error::refusal(place + "/key", "two clients have the same key");
      clients_.push_back(std::move(added));
    }
    if (clients_.empty()) throw torii::error::refusal("/keys", "is required, and names at least one client");
  }

  torii::action access(torii::request request) {
    request.redact(header_);
    const auto given = request.headers().get(header_);
    if (!given) return refuse(request, R"({"message":"no API key was given"})");
    const client *found = nullptr;
    for (const client &one : clients_)
      if (is_same_secret(*given, one.key)) found = &one;
    if (!found) return refuse(request, R"({"message":"the API key is not valid"})");

    request.log_value("api_key.client", torii::json::quote(found->name));
    request.upstream_headers().remove(header_);
    request.upstream_headers().set("X-Client-Name", found->name);
    return torii::action::proceed;
  }

 private:
  struct client {
    std::string name, key;
  };

  static torii::action refuse(torii::request request, std::string_view body) {
    return request.respond({401, {{"Content-Type", "application/json"}, {"WWW-Authenticate", "Key"}}, body});
  }

  // How long it takes tells nothing of where the first difference is.
  static bool is_same_secret(std::string_view given, std::string_view key) {
    unsigned difference = given.size() != key.size();
    for (std::size_t i = 0; i < given.size(); i++)
      difference |= static_cast<unsigned char>(given[i] ^ key[key.empty() ? 0 : i % key.size()]);
    return difference == 0;
  }

  std::string header_;
  std::vector<client> clients_;
};

}  // namespace

TORII_PLUGIN(api_key)
