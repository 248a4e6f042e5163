// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"testing"

	"github.com/torsion-go/torsion/web/webtest"
)

func TestHello(t *testing.T) {
	if res := webtest.Get(hello, "/"); res.Status != 200 || res.Body != "<h1>Hello</h1>\n" {
		t.Errorf("got %d %q", res.Status, res.Body)
	}
}
