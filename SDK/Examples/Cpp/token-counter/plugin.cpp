// token-counter: notes how many tokens an LLM's answer says that it took.
//
// config  key  string, default "tokens": where in the log record {"prompt":…,"completion":…,"total":…} goes
//
// It reads the object `usage` of OpenAI's and Anthropic's answers, whole or streamed, as they flow by: unchanged, nothing is
// held or copied, and it does not matter how the body was cut. The last numbers count: in a stream they are the final ones.
#include "torii/plugin.hpp"

namespace {

// Reads an answer byte by byte; kept between two pieces.
class usage_reader {
 public:
  std::uint64_t prompt = 0, completion = 0;
  bool is_found = false;

  void read(char byte) {
    switch (place_) {
      case place::escape:
        place_ = place::string;
        forget_name();
        return;
      case place::string:
        if (byte == '\\') {
          place_ = place::escape;
        } else if (byte == '"' || byte == '\n') {
          place_ = place::value;
        } else if (name_size_ < sizeof name_) {
          name_[name_size_++] = byte;
        } else {
          forget_name();
        }
        return;
      case place::value: break;
    }
    if (byte >= '0' && byte <= '9') {
      if (counts_ && number_ < UINT32_MAX) number_ = number_ * 10 + static_cast<unsigned>(byte - '0');
      return;
    }
    switch (byte) {
      case '"':
        end_number();
        place_ = place::string;
        name_size_ = 0;
        break;
      case ':': begin_number(); break;
      case '{':
      case '[':
        counts_ = nullptr;
        depth_++;
        if (byte == '{' && usage_depth_ == 0 && name() == "usage") usage_depth_ = depth_;
        forget_name();
        break;
      case '}':
      case ']':
        end_number();
        if (depth_ == usage_depth_) usage_depth_ = 0;
        if (depth_ > 0) depth_--;
        break;
      case ',':
        end_number();
        forget_name();
        break;
      case ' ':
      case '\t':
      case '\r':
      case '\n': break;
      default: counts_ = nullptr;  // null, or not JSON
    }
  }

 private:
  enum class place : std::uint8_t { value, string, escape };

  // A name that is too long to matter is none.
  std::string_view name() const { return {name_, name_size_ <= sizeof name_ ? name_size_ : 0u}; }
  void forget_name() { name_size_ = sizeof name_ + 1; }

  void begin_number() {
    number_ = 0;
    counts_ = nullptr;
    if (usage_depth_ == 0 || depth_ != usage_depth_) return;
    if (name() == "prompt_tokens" || name() == "input_tokens") counts_ = &usage_reader::prompt;
    if (name() == "completion_tokens" || name() == "output_tokens") counts_ = &usage_reader::completion;
  }

  void end_number() {
    if (!counts_) return;
    this->*counts_ = number_;
    counts_ = nullptr;
    is_found = true;
  }

  std::uint64_t usage_reader::*counts_ = nullptr;
  std::uint64_t number_ = 0;
  std::uint32_t depth_ = 0, usage_depth_ = 0;
  place place_ = place::value;
  std::uint8_t name_size_ = 0;
  char name_[20];
};

class token_counter {
 public:
  using state = usage_reader;

  static torii::description describe() {
    static const char *const needs[] = {TORII_HEADERS_INTERFACE, TORII_LOG_INTERFACE, nullptr};
    return torii::description("token-counter", "1.0.0")
        .vendor("Torii")
        .summary("Notes how many tokens an LLM's answer took")
        .license("Apache-2.0")
        .priority(50)  // after what translates answers, before what writes records
        .needs(needs)
        .may_unload()
        .response_body(torii::body_mode::observe)
        .schema(R"({"type": "object", "additionalProperties": false, "properties": {
          "key": {"type": "string", "default": "tokens", "minLength": 1, "maxLength": 128}}})");
  }

  explicit token_counter(torii::setup &setup)
      : key_(setup.config()["key"].text_or("tokens")),
        answer_tokens_(setup.define_histogram("answer_tokens", "Tokens of an answer.", {10, 100, 1000, 10000})) {
    const torii::metric tokens =
        setup.define_metric(TORII_METRIC_COUNTER, "tokens_total", "Tokens of prompts and of answers.");
    prompt_tokens_ = tokens.labelled({{"type", "prompt"}});
    completion_tokens_ = tokens.labelled({{"type", "completion"}});
    if (key_.empty() || key_.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") != std::string::npos)
      throw torii::error::refusal("/key", "is not a dotted key of a-z, 0-9 and _");
  }

  torii::action access(torii::request request, state &) {
    request.upstream_headers().remove("Accept-Encoding");  // compressed content could not be read
    return torii::action::proceed;
  }

  torii::action body_filter(torii::request, torii::piece piece, state &state) {
    for (std::string_view part : piece)
      for (char byte : part) state.read(byte);
    return torii::action::proceed;
  }

  void log(torii::request request, state &state) {
    if (!state.is_found) return;
    prompt_tokens_.record(static_cast<double>(state.prompt));
    completion_tokens_.record(static_cast<double>(state.completion));
    answer_tokens_.record(static_cast<double>(state.completion));
    request.log_value(key_, "{\"prompt\":" + std::to_string(state.prompt) + ",\"completion\":" +
                                std::to_string(state.completion) + ",\"total\":" +
                                std::to_string(state.prompt + state.completion) + "}");
  }

 private:
  std::string key_;
  torii::metric prompt_tokens_, completion_tokens_, answer_tokens_;
};

}  // namespace

TORII_PLUGIN(token_counter)
