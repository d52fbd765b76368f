//! `body-rewrite`: replaces a text in bodies, while they flow through.
//!
//! config: `find` (at most 64 characters), `replace` (default empty), `request` (default false: in request content),
//! `response` (default true: in response content)
//!
//! A body is never held back, except for what may yet become the text: Knuth, Morris and Pratt's search keeps one number
//! between pieces, so that the result does not depend on how the body was cut.

use torii_plugin::*;

struct BodyRewrite {
    find: Vec<u8>,
    replacement: Vec<u8>,
    /// How much of `find` still matches when the byte after its first n does not.
    fallback: Vec<usize>,
}

/// How many bytes of `find` the bodies so far end with: they were not passed on.
#[derive(Default)]
struct State {
    request_matched: usize,
    response_matched: usize,
}

impl BodyRewrite {
    fn rewrite(&self, request: &mut Request, piece: &Piece, matched: &mut usize) -> Result<Action, Error> {
        let mut output = Vec::new();
        for &byte in piece.parts().flatten() {
            while *matched > 0 && byte != self.find[*matched] {
                output.extend_from_slice(&self.find[..*matched - self.fallback[*matched]]);
                *matched = self.fallback[*matched];
            }
            if byte == self.find[*matched] {
                *matched += 1;
            } else {
                output.push(byte);
            }
            if *matched == self.find.len() {
                output.extend_from_slice(&self.replacement);
                *matched = 0;
            }
        }
        if piece.is_last() {
            output.extend_from_slice(&self.find[..*matched]);
            *matched = 0;
        }
        if !output.is_empty() {
            request.emit_owned(output)?;
        }
        // What was emitted takes the piece's place, also when that is nothing: Continue would then pass the piece itself.
        Ok(Action::Hold)
    }
}

impl Plugin for BodyRewrite {
    type State = State;

    const DESCRIPTION: Description = Description {
        vendor: text!("Torii"),
        summary: text!("Replaces a text in bodies while they flow through"),
        license: text!("Apache-2.0"),
        priority: 200,
        phases: ACCESS | REQUEST_BODY | BODY_FILTER,
        flags: MAY_UNLOAD,
        response_body: BodyMode::Stream,
        needs: needs![HEADERS, BODY],
        schema: text!(
            r#"{"type": "object", "required": ["find"], "additionalProperties": false, "properties": {
              "find": {"type": "string", "minLength": 1, "maxLength": 64},
              "replace": {"type": "string", "default": "", "maxLength": 1024},
              "request": {"type": "boolean", "default": false},
              "response": {"type": "boolean", "default": true}}}"#
        ),
        ..Description::new(text!("body-rewrite"), text!("1.0.0"))
    };

    fn new(setup: &mut Setup) -> Result<Self, Error> {
        let config = setup.config();
        let find = config.get("find").text().unwrap_or("").as_bytes().to_vec();
        let replacement = config.get("replace").text().unwrap_or("").as_bytes().to_vec();
        if find.is_empty() {
            return Err(Error::refusal("/find", "is required, and not empty"));
        }
        if find == replacement {
            return Err(Error::refusal("/replace", "is the same as find: nothing would change"));
        }
        let mut fallback = vec![0; find.len() + 1];
        let mut length = 0;
        for place in 1..find.len() {
            while length > 0 && find[place] != find[length] {
                length = fallback[length];
            }
            if find[place] == find[length] {
                length += 1;
            }
            fallback[place + 1] = length;
        }
        let mode = |wanted| if wanted { BodyMode::Stream } else { BodyMode::None };
        let request = mode(config.get("request").boolean().unwrap_or(false));
        let response = mode(config.get("response").boolean().unwrap_or(true));
        setup.set_request_body(request, 0);
        setup.set_response_body(response, 0);
        Ok(BodyRewrite { find, replacement, fallback })
    }

    fn access(&self, request: &mut Request, _: &mut State) -> Result<Action, Error> {
        // Compressed content could not be searched.
        request.remove_header(Map::Upstream, "Accept-Encoding")?;
        Ok(Action::Continue)
    }

    fn request_body(&self, request: &mut Request, piece: &Piece, state: &mut State) -> Result<Action, Error> {
        self.rewrite(request, piece, &mut state.request_matched)
    }

    fn body_filter(&self, request: &mut Request, piece: &Piece, state: &mut State) -> Result<Action, Error> {
        self.rewrite(request, piece, &mut state.response_matched)
    }
}

export!(BodyRewrite);
