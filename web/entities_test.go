// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"fmt"
	"testing"

	"github.com/torsion-go/torsion/web"
)

func TestTreeAll(t *testing.T) {
	var tree web.Tree
	for range tree.All() {
		t.Error("an empty tree has a child")
	}
	tree.PutChild("b", web.NotFound(""))
	tree.PutChild("a", web.Demo)
	got := ""
	for name, child := range tree.All() {
		got += fmt.Sprintf("%s %T ", name, child)
		tree.DelChild("b")
	}
	if want := "a web.LeafFunc b *web.Problem "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if tree.Child("b", nil) != nil {
		t.Error("b is still there")
	}
}
