// visit-counter: counts requests, over reloads and over workers, and tells the counts.
//
// config: reset (default none: a request for this path sets all counts back)
//
// X-Visits-Here is this worker's count, handed over to the instance that takes this one's place; X-Visits that of all workers;
// X-Longest the longest path that any of them has seen. Without torii.shared/1, or when it is held up, only the first of them.
package main

import (
	"errors"
	"strconv"
	"strings"

	"torii.local/plugin"
)

type visitCounter struct {
	Reset  string `json:"reset"`
	shared plugin.SharedStore
	here   uint64
}

// The numbers are those of the values' formats.
const visits, longest = "visits/1", "longest/1"

func create(setup *plugin.Setup) (plugin.Instance, error) {
	made := &visitCounter{shared: setup.Handle.Shared()}
	if err := setup.Decode(made); err != nil {
		return nil, err
	}
	if made.Reset != "" && made.Reset[0] != '/' {
		return nil, plugin.Refuse("/reset", "a path begins with '/'")
	}
	return made, nil
}

// note is all workers' count with this visit, and the longest path with this one.
func (v *visitCounter) note(path string) (count int64, known string, err error) {
	if count, err = v.shared.Add(visits, 1, 0); err != nil {
		return 0, "", err
	}
	for {
		value, err := v.shared.Get(longest)
		if err != nil {
			return 0, "", err
		}
		if value.Revision != 0 && len(value.Bytes) >= len(path) {
			return count, string(value.Bytes), nil
		}
		// Unless another worker was quicker: then look at what it wrote.
		replaced, err := v.shared.Replace(longest, []byte(path), 0, value.Revision)
		if replaced || err != nil {
			return count, path, err
		}
	}
}

func (v *visitCounter) HeaderFilter(request *plugin.Request) (plugin.Action, error) {
	path := request.Text(plugin.Path)
	if v.Reset != "" && path == v.Reset {
		v.here = 0
		// Where the host has no store, or when it is held up, the counts of all workers are left out.
		_, _ = v.shared.Remove(visits)
		_, _ = v.shared.Remove(longest)
		return plugin.Continue, nil
	}
	v.here++
	if err := request.SetHeader(plugin.Response, "X-Visits-Here", strconv.FormatUint(v.here, 10)); err != nil {
		return plugin.Continue, err
	}
	if len(path) > 256 {
		path = path[:256]
	}
	count, known, err := v.note(path)
	if err != nil {
		return plugin.Continue, nil
	}
	if err := request.SetHeader(plugin.Response, "X-Visits", strconv.FormatInt(count, 10)); err != nil {
		return plugin.Continue, err
	}
	return plugin.Continue, request.SetHeader(plugin.Response, "X-Longest", known)
}

// ExportState is as text: the number of the format, and the count.
func (v *visitCounter) ExportState() ([]byte, error) {
	return []byte("1 " + strconv.FormatUint(v.here, 10)), nil
}

func (v *visitCounter) ImportState(state []byte, version string) error {
	text := string(state)
	here, err := strconv.ParseUint(strings.TrimPrefix(text, "1 "), 10, 64)
	if err != nil || !strings.HasPrefix(text, "1 ") {
		return errors.New("the state is of a format that this version does not know")
	}
	v.here = here
	return nil
}

func init() {
	plugin.Register(plugin.Description{
		Name: "visit-counter", Version: "1.0.0", Vendor: "Torii", License: "Apache-2.0", Priority: 90,
		Summary: "Counts requests over reloads and workers",
		Needs:   []string{"torii.headers/1", "torii.request/1"},
		Schema: `{"type": "object", "additionalProperties": false, "properties": {
			"reset": {"type": "string", "default": "", "maxLength": 256}}}`,
	}, (*visitCounter)(nil), create)
}

func main() {}
