// token-counter: notes how many tokens an LLM's answer says that it took.
//
// config: key (default "tokens": where in the log record {"prompt":…,"completion":…,"total":…} goes)
//
// It reads the object "usage" of OpenAI's and Anthropic's answers, whole or streamed, as they flow by: unchanged, nothing is held
// or copied, and it does not matter how the body was cut. The last numbers count: in a stream they are the final ones.
package main

import (
	"fmt"
	"strings"

	"torii.local/plugin"
)

type tokenCounter struct {
	Key                                          string `json:"key"`
	promptTokens, completionTokens, answerTokens plugin.Metric
}

func create(setup *plugin.Setup) (plugin.Instance, error) {
	made := &tokenCounter{Key: "tokens"}
	err := setup.Decode(made)
	if err == nil && (made.Key == "" || strings.Trim(made.Key, "abcdefghijklmnopqrstuvwxyz0123456789_.") != "") {
		err = plugin.Refuse("/key", "is not a dotted key of a-z, 0-9 and _")
	}
	if err == nil {
		err = made.count(setup)
	}
	return made, err
}

func (t *tokenCounter) count(setup *plugin.Setup) error {
	tokens, err := setup.DefineMetric(plugin.Counter, "tokens_total", "Tokens of prompts and of answers.")
	if err == nil {
		t.promptTokens, err = tokens.Labelled(plugin.Header{Name: "type", Value: "prompt"})
	}
	if err == nil {
		t.completionTokens, err = tokens.Labelled(plugin.Header{Name: "type", Value: "completion"})
	}
	if err == nil {
		t.answerTokens, err = setup.DefineHistogram("answer_tokens", "Tokens of an answer.", []float64{10, 100, 1000, 10000})
	}
	return err
}

func (t *tokenCounter) Access(request *plugin.Request) (plugin.Action, error) {
	// Compressed content could not be read.
	return plugin.Continue, request.RemoveHeader(plugin.Upstream, "Accept-Encoding")
}

func (t *tokenCounter) BodyFilter(request *plugin.Request, piece *plugin.Piece) (plugin.Action, error) {
	state := plugin.StateOf[usageReader](request)
	for _, part := range piece.Parts {
		for _, c := range part {
			state.read(c)
		}
	}
	return plugin.Continue, nil
}

func (t *tokenCounter) Log(request *plugin.Request) error {
	state := plugin.StateOf[usageReader](request)
	if !state.found {
		return nil
	}
	t.promptTokens.Record(float64(state.prompt))
	t.completionTokens.Record(float64(state.completion))
	t.answerTokens.Record(float64(state.completion))
	return request.SetLogValue(t.Key, fmt.Sprintf(`{"prompt":%d,"completion":%d,"total":%d}`,
		state.prompt, state.completion, state.prompt+state.completion))
}

func init() {
	plugin.Register(plugin.Description{
		Name: "token-counter", Version: "1.0.0", Vendor: "Torii", License: "Apache-2.0",
		Priority:     50, // after what translates answers, before what writes records
		Summary:      "Notes how many tokens an LLM's answer took",
		ResponseBody: plugin.Observe,
		Needs:        []string{"torii.headers/1", "torii.log/1"},
		Schema: `{"type": "object", "additionalProperties": false, "properties": {
			"key": {"type": "string", "default": "tokens", "minLength": 1, "maxLength": 128}}}`,
	}, (*tokenCounter)(nil), create)
}

func main() {}
