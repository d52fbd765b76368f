// header-stamp: sets a header on the way to the upstream and on the way back.
//
// config: header (default "X-Stamp"), value (default "torii"), upstream (default true: set it on the request, too)
package main

import (
	"strings"

	"torii.local/plugin"
)

type headerStamp struct {
	Header   string `json:"header"`
	Value    string `json:"value"`
	Upstream bool   `json:"upstream"`
}

func isFieldName(name string) bool {
	const others = "!#$%&'*+-.^_`|~"
	for _, c := range name {
		isLetter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !isLetter && !strings.ContainsRune(others, c) {
			return false
		}
	}
	return name != ""
}

func create(setup *plugin.Setup) (plugin.Instance, error) {
	made := &headerStamp{Header: "X-Stamp", Value: "torii", Upstream: true}
	if err := setup.Decode(made); err != nil {
		return nil, err
	}
	if !isFieldName(made.Header) {
		return nil, plugin.Refuse("/header", "is not a header field name")
	}
	if strings.ContainsAny(made.Value, "\r\n\x00") {
		return nil, plugin.Refuse("/value", "a header value holds no line break and no NUL")
	}
	return made, nil
}

func (h *headerStamp) Access(request *plugin.Request) (plugin.Action, error) {
	if !h.Upstream {
		return plugin.Continue, nil
	}
	return plugin.Continue, request.SetHeader(plugin.Upstream, h.Header, h.Value)
}

func (h *headerStamp) HeaderFilter(request *plugin.Request) (plugin.Action, error) {
	return plugin.Continue, request.SetHeader(plugin.Response, h.Header, h.Value)
}

func init() {
	plugin.Register(plugin.Description{
		Name: "header-stamp", Version: "1.0.0", Vendor: "Torii", License: "Apache-2.0", Priority: 100,
		Summary: "Sets a header on requests and responses",
		Needs:   []string{"torii.headers/1"},
		Schema: `{"type": "object", "additionalProperties": false, "properties": {
			"header": {"type": "string", "default": "X-Stamp", "minLength": 1, "maxLength": 128},
			"value": {"type": "string", "default": "torii", "maxLength": 256},
			"upstream": {"type": "boolean", "default": true}}}`,
	}, (*headerStamp)(nil), create)
}

func main() {}
