// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tags_test

import (
	"fmt"

	"github.com/torsion-go/torsion/web/template"
	"github.com/torsion-go/torsion/web/template/tags"
)

// A tree of tags is escaped as it is written.
func Example() {
	list := tags.Ul(tags.Li("fish & chips"), tags.Li(tags.A("more").Set("href", "/menu")))
	template.String(nil, list).Done(func(text string, err error) { fmt.Println(text, err) })
	// Output: <ul><li>fish &amp; chips</li><li><a href="/menu">more</a></li></ul> <nil>
}
