//! `auth-callout`: asks another service whether a request may pass, and waits for its answer.
//!
//! config: `url` (called with GET for each request, with `X-Original-Method`, `X-Original-URI` and, when the client sent it,
//! `Authorization`), `timeout` (milliseconds, default 1000)
//!
//! 2xx lets the request pass, with the answer's `X-User` if there is one; 4xx is handed to the client as it is; anything else,
//! or no answer, is 503.

use torii_plugin::*;

struct AuthCallout {
    url: String,
    timeout: u32,
}

impl Plugin for AuthCallout {
    type State = ();

    const DESCRIPTION: Description = Description {
        vendor: text!("Torii"),
        summary: text!("Asks another service whether a request may pass"),
        license: text!("Apache-2.0"),
        priority: 1000,
        phases: ACCESS,
        flags: MAY_UNLOAD,
        needs: needs![HEADERS, REQUEST, FLOW, ASYNC],
        schema: text!(
            r#"{"type": "object", "required": ["url"], "additionalProperties": false, "properties": {
              "url": {"type": "string", "minLength": 1, "maxLength": 1024},
              "timeout": {"type": "integer", "default": 1000, "minimum": 1, "maximum": 60000}}}"#
        ),
        ..Description::new(text!("auth-callout"), text!("1.0.0"))
    };

    fn new(setup: &mut Setup) -> Result<Self, Error> {
        let config = setup.config();
        let url = config.get("url").text().unwrap_or("").to_owned();
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Error::refusal("/url", "is not an http or https URL"));
        }
        Ok(AuthCallout { url, timeout: config.get("timeout").integer().unwrap_or(1000) as u32 })
    }

    fn access(&self, request: &mut Request, _: &mut ()) -> Result<Action, Error> {
        let mut headers: Vec<(&[u8], &[u8])> = vec![
            (b"X-Original-Method", request.text(Text::Method)),
            (b"X-Original-URI", request.text(Text::Target)),
        ];
        if let Some(value) = request.header(Map::Request, "Authorization") {
            headers.push((b"Authorization", value));
        }
        let call = HttpCall { url: &self.url, headers: &headers, timeout: self.timeout, ..HttpCall::default() };
        request.call(&call, 0)?;
        Ok(Action::Pause)
    }

    fn event(&self, request: &mut Request, event: &Event, _: &mut ()) -> Result<Action, Error> {
        if event.kind() != EventKind::Http {
            return Ok(Action::Pause);
        }
        match event.http_status() {
            Some(200..=299) => {
                // A copy: the view ends when a header is set.
                if let Some(user) = request.header(Map::CallOut, "X-User").map(<[u8]>::to_vec) {
                    request.set_header(Map::Upstream, "X-User", user)?;
                }
                Ok(Action::Continue)
            }
            Some(status @ 400..=499) => {
                let given = request.header(Map::CallOut, "Content-Type").unwrap_or(b"text/plain").to_vec();
                request.respond(status, &[("Content-Type", &given)], event.body())
            }
            other => {
                let reason = String::from_utf8_lossy(event.message());
                request.log(Level::Warn, &format!("no authorisation: status {}, {}", other.unwrap_or(0), reason));
                let body = br#"{"message":"authorisation is not available"}"#;
                request.respond(503, &[("Content-Type", b"application/json")], body)
            }
        }
    }
}

export!(AuthCallout);
