// body-rewrite: replaces a text in bodies, while they flow through.
//
// config  find      string, at most 64 characters
//         replace   string, default ""
//         request   boolean, default false: in request content
//         response  boolean, default true: in response content
//
// A body is never held back, except for what may yet become the text: Knuth, Morris and Pratt's search keeps one number
// between pieces, so that the result does not depend on how the body was cut.
#include <vector>

#include "torii/plugin.hpp"

namespace {

class body_rewrite {
 public:
  // How many bytes of `find` the body so far ends with: they were not passed on.
  struct state {
    std::size_t request_matched = 0, response_matched = 0;
  };

  static torii::description describe() {
    static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_BODY_INTERFACE, nullptr};
    return torii::description("body-rewrite", "1.0.0")
        .vendor("Torii")
        .summary("Replaces a text in bodies while they flow through")
        .license("Apache-2.0")
        .priority(200)
        .needs(needs)
        .may_unload()
        .response_body(torii::body_mode::stream)
        .schema(R"({"type": "object", "required": ["find"], "additionalProperties": false, "properties": {
          "find": {"type": "string", "minLength": 1, "maxLength": 64},
          "replace": {"type": "string", "default": "", "maxLength": 1024},
          "request": {"type": "boolean", "default": false},
          "response": {"type": "boolean", "default": true}}})");
  }

  explicit body_rewrite(torii::setup &setup)
      : find_(setup.config()["find"].text_or("")), replace_(setup.config()["replace"].text_or("")) {
    if (find_.empty()) throw torii::error::refusal("/find", "is required, and not empty");
    if (find_ == replace_) throw torii::error::refusal("/replace", "is the same as find: nothing would change");
    fallback_.resize(find_.size() + 1);
    for (std::size_t n = 1, length = 0; n < find_.size(); n++) {
      while (length > 0 && find_[n] != find_[length]) length = fallback_[length];
      if (find_[n] == find_[length]) length++;
      fallback_[n + 1] = length;
    }
    const auto mode = [](bool wanted) { return wanted ? torii::body_mode::stream : torii::body_mode::none; };
    setup.request_body(mode(setup.config()["request"].boolean_or(false)));
    setup.response_body(mode(setup.config()["response"].boolean_or(true)));
  }

  torii::action access(torii::request request, state &) {
    request.upstream_headers().remove("Accept-Encoding");  // compressed content could not be searched
    return torii::action::proceed;
  }

  torii::action request_body(torii::request request, torii::piece piece, state &state) {
    return rewrite(request, piece, state.request_matched);
  }

  torii::action body_filter(torii::request request, torii::piece piece, state &state) {
    return rewrite(request, piece, state.response_matched);
  }

 private:
  torii::action rewrite(torii::request request, torii::piece piece, std::size_t &matched) const {
    std::string out;
    for (std::string_view part : piece) {
      for (char byte : part) {
        while (matched > 0 && byte != find_[matched]) {
          out.append(find_, 0, matched - fallback_[matched]);
          matched = fallback_[matched];
        }
        if (byte == find_[matched])
          matched++;
        else
          out += byte;
        if (matched == find_.size()) {
          out += replace_;
          matched = 0;
        }
      }
    }
    if (piece.is_last()) {
      out.append(find_, 0, matched);
      matched = 0;
    }
    if (!out.empty()) request.emit_owned(std::move(out));
    // What was emitted takes the piece's place, also when that is nothing: proceed would then pass the piece itself.
    return torii::action::hold;
  }

  std::string find_, replace_;
  // How much of `find` still matches when the byte after its first n does not.
  std::vector<std::size_t> fallback_;
};

}  // namespace

TORII_PLUGIN(body_rewrite)
