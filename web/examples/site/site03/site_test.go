// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/webtest"
)

func TestPage(t *testing.T) {
	root := newRoot(&board{[]note{{"alice", "<b>Hi"}, {"bob", "Back on Monday"}}})
	res := webtest.Get(root, "/")
	for _, want := range []string{`<a href="/notes/1">&lt;b&gt;Hi</a> <i>alice</i>`, `<a href="/notes/2">Back on Monday</a> <i>bob</i>`} {
		if !strings.Contains(res.Body, want) {
			t.Errorf("no %s in %d %s", want, res.Status, res.Body)
		}
	}
}
