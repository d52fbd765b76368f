// body-rewrite: replaces a text in bodies, while they flow through.
//
// config: find (at most 64 characters), replace (default ""), request (default false: in request content), response (default
// true: in response content)
//
// A body is never held back, except for what may yet become the text: Knuth, Morris and Pratt's search keeps one number between
// pieces, so that the result does not depend on how the body was cut.
package main

import "torii.local/plugin"

type bodyRewrite struct {
	Find     string `json:"find"`
	Replace  string `json:"replace"`
	Request  bool   `json:"request"`
	Response bool   `json:"response"`
	// How much of Find still matches when the byte after its first n does not.
	fallback []int
}

// state is how many bytes of Find the bodies so far end with: they were not passed on.
type state struct{ requestMatched, responseMatched int }

func create(setup *plugin.Setup) (plugin.Instance, error) {
	made := &bodyRewrite{Response: true}
	if err := setup.Decode(made); err != nil {
		return nil, err
	}
	if made.Find == "" {
		return nil, plugin.Refuse("/find", "is required, and not empty")
	}
	if made.Find == made.Replace {
		return nil, plugin.Refuse("/replace", "is the same as find: nothing would change")
	}
	made.fallback = make([]int, len(made.Find)+1)
	for place, length := 1, 0; place < len(made.Find); place++ {
		for length > 0 && made.Find[place] != made.Find[length] {
			length = made.fallback[length]
		}
		if made.Find[place] == made.Find[length] {
			length++
		}
		made.fallback[place+1] = length
	}
	mode := map[bool]plugin.BodyMode{false: plugin.None, true: plugin.Stream}
	setup.RequestBody, setup.ResponseBody = mode[made.Request], mode[made.Response]
	return made, nil
}

func (b *bodyRewrite) Access(request *plugin.Request) (plugin.Action, error) {
	// Compressed content could not be searched.
	return plugin.Continue, request.RemoveHeader(plugin.Upstream, "Accept-Encoding")
}

func (b *bodyRewrite) RequestBody(request *plugin.Request, piece *plugin.Piece) (plugin.Action, error) {
	return b.rewrite(request, piece, &plugin.StateOf[state](request).requestMatched)
}

func (b *bodyRewrite) BodyFilter(request *plugin.Request, piece *plugin.Piece) (plugin.Action, error) {
	return b.rewrite(request, piece, &plugin.StateOf[state](request).responseMatched)
}

func (b *bodyRewrite) rewrite(request *plugin.Request, piece *plugin.Piece, matched *int) (plugin.Action, error) {
	var output []byte
	for _, part := range piece.Parts {
		for _, c := range part {
			for *matched > 0 && c != b.Find[*matched] {
				shorter := b.fallback[*matched]
				output = append(output, b.Find[:*matched-shorter]...)
				*matched = shorter
			}
			if c == b.Find[*matched] {
				*matched++
			} else {
				output = append(output, c)
			}
			if *matched == len(b.Find) {
				output = append(output, b.Replace...)
				*matched = 0
			}
		}
	}
	if piece.Last {
		output = append(output, b.Find[:*matched]...)
		*matched = 0
	}
	// What was emitted takes the piece's place, also when that is nothing: Continue would then pass the piece itself.
	if len(output) == 0 {
		return plugin.Hold, nil
	}
	return plugin.Hold, request.Emit(output)
}

func init() {
	plugin.Register(plugin.Description{
		Name: "body-rewrite", Version: "1.0.0", Vendor: "Torii", License: "Apache-2.0", Priority: 200,
		Summary:      "Replaces a text in bodies while they flow through",
		ResponseBody: plugin.Stream,
		Needs:        []string{"torii.headers/1", "torii.body/1"},
		Schema: `{"type": "object", "required": ["find"], "additionalProperties": false, "properties": {
			"find": {"type": "string", "minLength": 1, "maxLength": 64},
			"replace": {"type": "string", "default": "", "maxLength": 1024},
			"request": {"type": "boolean", "default": false},
			"response": {"type": "boolean", "default": true}}}`,
	}, (*bodyRewrite)(nil), create)
}

func main() {}
