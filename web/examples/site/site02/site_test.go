// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"testing"

	"github.com/torsion-go/torsion/web/webtest"
)

func TestRoutes(t *testing.T) {
	root := newRoot(&board{[]note{{"alice", "<b>Hi"}, {"bob", "Back on Monday"}}})
	for target, want := range map[string]struct {
		status int
		body   string
	}{
		"/":        {200, "1. alice: <b>Hi\n2. bob: Back on Monday\n"},
		"/notes/2": {200, `{"Author":"bob","Text":"Back on Monday"}` + "\n"},
		"/notes/3": {404, ""},
		"/notes/x": {404, ""},
		"/other":   {404, ""},
	} {
		res := webtest.Get(root, target)
		if res.Status != want.status || want.body != "" && res.Body != want.body {
			t.Errorf("%s: got %d %q", target, res.Status, res.Body)
		}
	}
	if res := webtest.Do(root, webtest.Request{Method: "DELETE", Target: "/notes/1"}); res.Status != 405 || res.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("DELETE: got %d, Allow: %s", res.Status, res.Header.Get("Allow"))
	}
}
