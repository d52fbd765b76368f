//! `token-counter`: notes how many tokens an LLM's answer says that it took.
//!
//! config: `key` (default `tokens`: where in the log record `{"prompt":…,"completion":…,"total":…}` goes)
//!
//! It reads the object `usage` of OpenAI's and Anthropic's answers, whole or streamed, as they flow by: unchanged, nothing is held
//! or copied, and it does not matter how the body was cut. The last numbers count: in a stream they are the final ones.

mod usage;

use torii_plugin::*;
use usage::UsageReader;

struct TokenCounter {
    key: String,
    prompt_tokens: Metric,
    completion_tokens: Metric,
    answer_tokens: Metric,
}

impl Plugin for TokenCounter {
    type State = UsageReader;

    const DESCRIPTION: Description = Description {
        vendor: text!("Torii"),
        summary: text!("Notes how many tokens an LLM's answer took"),
        license: text!("Apache-2.0"),
        // After what translates answers, before what writes records.
        priority: 50,
        phases: ACCESS | BODY_FILTER | LOG,
        flags: MAY_UNLOAD,
        response_body: BodyMode::Observe,
        needs: needs![HEADERS, LOG_RECORD],
        schema: text!(
            r#"{"type": "object", "additionalProperties": false, "properties": {
              "key": {"type": "string", "default": "tokens", "minLength": 1, "maxLength": 128}}}"#
        ),
        ..Description::new(text!("token-counter"), text!("1.0.0"))
    };

    fn new(setup: &mut Setup) -> Result<Self, Error> {
        let key = setup.config().get("key").text().unwrap_or("tokens").to_owned();
        if key.is_empty() || !key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.')) {
            return Err(Error::refusal("/key", "is not a dotted key of a-z, 0-9 and _"));
        }
        let tokens = setup.define_metric(MetricKind::Counter, "tokens_total", "Tokens of prompts and of answers.")?;
        Ok(TokenCounter {
            key,
            prompt_tokens: tokens.labelled(&[("type", "prompt")])?,
            completion_tokens: tokens.labelled(&[("type", "completion")])?,
            answer_tokens: setup.define_histogram("answer_tokens", "Tokens of an answer.", &[10.0, 100.0, 1e3, 1e4])?,
        })
    }

    fn access(&self, request: &mut Request, _: &mut UsageReader) -> Result<Action, Error> {
        // Compressed content could not be read.
        request.remove_header(Map::Upstream, "Accept-Encoding")?;
        Ok(Action::Continue)
    }

    fn body_filter(&self, _: &mut Request, piece: &Piece, state: &mut UsageReader) -> Result<Action, Error> {
        piece.parts().flatten().for_each(|byte| state.read(*byte));
        Ok(Action::Continue)
    }

    fn log(&self, request: &mut Request, state: &mut UsageReader) -> Result<(), Error> {
        if !state.is_found {
            return Ok(());
        }
        self.prompt_tokens.record(state.prompt as f64);
        self.completion_tokens.record(state.completion as f64);
        self.answer_tokens.record(state.completion as f64);
        let (prompt, completion) = (state.prompt, state.completion);
        let json = format!(
            r#"{{"prompt":{},"completion":{},"total":{}}}"#,
            prompt,
            completion,
            prompt + completion
        );
        request.set_log_value(&self.key, &json)
    }
}

export!(TokenCounter);
