// auth-callout: asks another service whether a request may pass, and waits for its answer.
//
// config: url (called with GET for each request, with X-Original-Method, X-Original-URI and, when the client sent it,
// Authorization), timeout (milliseconds, default 1000)
//
// 2xx lets the request pass, with the answer's X-User if there is one; 4xx is handed to the client as it is; anything else, or no
// answer, is 503.
package main

import (
	"fmt"
	"strings"

	"torii.local/plugin"
)

type authCallout struct {
	URL     string `json:"url"`
	Timeout uint32 `json:"timeout"`
}

func create(setup *plugin.Setup) (plugin.Instance, error) {
	made := &authCallout{Timeout: 1000}
	if err := setup.Decode(made); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(made.URL, "http://") && !strings.HasPrefix(made.URL, "https://") {
		return nil, plugin.Refuse("/url", "is not an http or https URL")
	}
	return made, nil
}

func (a *authCallout) Access(request *plugin.Request) (plugin.Action, error) {
	headers := []plugin.Header{
		{Name: "X-Original-Method", Value: request.Text(plugin.Method)},
		{Name: "X-Original-URI", Value: request.Text(plugin.Target)},
	}
	if value, is := request.Header(plugin.Client, "Authorization"); is {
		headers = append(headers, plugin.Header{Name: "Authorization", Value: value})
	}
	_, err := request.Call(plugin.Call{URL: a.URL, Headers: headers, Timeout: a.Timeout}, 0)
	return plugin.Pause, err
}

func (a *authCallout) Event(request *plugin.Request, event *plugin.Event) (plugin.Action, error) {
	if event.Kind != plugin.CallEvent {
		return plugin.Pause, nil
	}
	switch {
	case event.Status >= 200 && event.Status <= 299:
		if user, is := request.Header(plugin.CallOut, "X-User"); is {
			return plugin.Continue, request.SetHeader(plugin.Upstream, "X-User", user)
		}
		return plugin.Continue, nil
	case event.Status >= 400 && event.Status <= 499:
		given, is := request.Header(plugin.CallOut, "Content-Type")
		if !is {
			given = "text/plain"
		}
		return request.Respond(event.Status, []plugin.Header{{Name: "Content-Type", Value: given}}, event.Body)
	default:
		request.Log(plugin.LevelWarn, fmt.Sprintf("no authorisation: status %d, %s", event.Status, event.Message))
		return request.Respond(503, []plugin.Header{{Name: "Content-Type", Value: "application/json"}},
			[]byte(`{"message":"authorisation is not available"}`))
	}
}

func init() {
	plugin.Register(plugin.Description{
		Name: "auth-callout", Version: "1.0.0", Vendor: "Torii", License: "Apache-2.0", Priority: 1000,
		Summary: "Asks another service whether a request may pass",
		Needs:   []string{"torii.headers/1", "torii.request/1", "torii.flow/1", "torii.async/1"},
		Schema: `{"type": "object", "required": ["url"], "additionalProperties": false, "properties": {
			"url": {"type": "string", "minLength": 1, "maxLength": 1024},
			"timeout": {"type": "integer", "default": 1000, "minimum": 1, "maximum": 60000}}}`,
	}, (*authCallout)(nil), create)
}

func main() {}
