// api-key: lets only those pass who show a key.
//
// config: header (default "X-API-Key": where clients put their key), keys (array of {"name": …, "key": …})
//
// The upstream gets X-Client-Name instead of the key; the log record gets api_key.client.
package main

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"

	"torii.local/plugin"
)

type client struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

type apiKey struct {
	Header string   `json:"header"`
	Keys   []client `json:"keys"`
}

func create(setup *plugin.Setup) (plugin.Instance, error) {
	made := &apiKey{Header: "X-API-Key"}
	if err := setup.Decode(made); err != nil {
		return nil, err
	}
	if len(made.Keys) == 0 {
		return nil, plugin.Refuse("/keys", "is required, and names at least one client")
	}
	seen := map[string]bool{}
	for i, one := range made.Keys {
		if one.Name == "" {
			return nil, plugin.Refuse(fmt.Sprintf("/keys/%d/name", i), "is required")
		}
		if one.Key == "" {
			return nil, plugin.Refuse(fmt.Sprintf("/keys/%d/key", i), "is required")
		}
		if seen[one.Key] {
			return nil, plugin.Refuse(fmt.Sprintf("/keys/%d/key", i), "two clients have the same key")
		}
		seen[one.Key] = true
	}
	return made, nil
}

func (a *apiKey) Access(request *plugin.Request) (plugin.Action, error) {
	if err := request.Redact(a.Header); err != nil {
		return 0, err
	}
	given, is := request.Header(plugin.Client, a.Header)
	if !is {
		return refuse(request, `{"message":"no API key was given"}`)
	}
	var found *client
	for i := range a.Keys {
		// How long it takes tells nothing of where the first difference is.
		if subtle.ConstantTimeCompare([]byte(given), []byte(a.Keys[i].Key)) == 1 {
			found = &a.Keys[i]
		}
	}
	if found == nil {
		return refuse(request, `{"message":"the API key is not valid"}`)
	}
	name, err := json.Marshal(found.Name)
	if err == nil {
		err = request.SetLogValue("api_key.client", string(name))
	}
	if err == nil {
		err = request.RemoveHeader(plugin.Upstream, a.Header)
	}
	if err == nil {
		err = request.SetHeader(plugin.Upstream, "X-Client-Name", found.Name)
	}
	return plugin.Continue, err
}

func refuse(request *plugin.Request, body string) (plugin.Action, error) {
	return request.Respond(401,
		[]plugin.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "WWW-Authenticate", Value: "Key"}}, []byte(body))
}

func init() {
	plugin.Register(plugin.Description{
		Name: "api-key", Version: "1.0.0", Vendor: "Torii", License: "Apache-2.0", Priority: 1250,
		Summary: "Lets only those pass who show a key",
		Needs:   []string{"torii.headers/1", "torii.flow/1", "torii.log/1"},
		Schema: `{"type": "object", "required": ["keys"], "additionalProperties": false, "properties": {
			"header": {"type": "string", "default": "X-API-Key", "minLength": 1, "maxLength": 128},
			"keys": {"type": "array", "minItems": 1, "items": {
				"type": "object", "required": ["name", "key"], "additionalProperties": false, "properties": {
					"name": {"type": "string", "pattern": "^[A-Za-z0-9._-]+$", "maxLength": 64},
					"key": {"type": "string", "minLength": 1, "maxLength": 256, "x-secret": true, "x-referenceable": true}}}}}}`,
	}, (*apiKey)(nil), create)
}

func main() {}
